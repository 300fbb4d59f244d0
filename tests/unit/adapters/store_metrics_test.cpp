#include "common/store_metrics.h"

#include <gtest/gtest.h>

namespace framebridge {
namespace {

TEST(StoreMetrics, CountWhatTheStoresCounted) {
    runtime::Metrics metrics;
    StoreMetrics store(metrics, "framebridge_test");
    store.update({.connects = 1, .payload_bytes_sent = 100});
    store.update(
        {.connects = 3, .disconnects = 2, .retries = 7, .payload_bytes_sent = 150, .errors = {{"OOM", 4}}});
    const auto value = [&](const char* name) { return metrics.counter(name, "").Value(); };
    EXPECT_EQ(value("framebridge_test_store_connects_total"), 3);
    EXPECT_EQ(value("framebridge_test_store_disconnects_total"), 2);
    EXPECT_EQ(value("framebridge_test_store_retries_total"), 7);
    EXPECT_EQ(value("framebridge_test_store_bytes_sent_total"), 150);
    EXPECT_EQ(value("framebridge_test_store_bytes_received_total"), 0);
    EXPECT_EQ(metrics.counter("framebridge_test_store_errors_total", "", {{"kind", "OOM"}}).Value(), 4);
}

}  // namespace
}  // namespace framebridge
