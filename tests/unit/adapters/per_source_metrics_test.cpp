#include "common/per_source_metrics.h"

#include <gtest/gtest.h>

namespace framebridge {
namespace {

class PerSourceMetricsTest : public testing::Test {
  protected:
    double messages(const std::string& source) {
        return metrics.counter("framebridge_test_by_source_messages_total", "", {{"source_id", source}})
            .Value();
    }
    double bytes(const std::string& source) {
        return metrics.counter("framebridge_test_by_source_bytes_total", "", {{"source_id", source}}).Value();
    }
    runtime::Metrics metrics;
};

TEST_F(PerSourceMetricsTest, SourcesBeyondTheLimitAreCountedTogether) {
    PerSourceMetrics sources(metrics, "framebridge_test", 2);
    for (const auto* name : {"a", "b", "c", "d", "a"}) {
        sources.count(name, 10);
    }
    EXPECT_EQ(messages("a"), 2);
    EXPECT_EQ(bytes("a"), 20);
    EXPECT_EQ(messages("b"), 1);
    EXPECT_EQ(messages("others"), 2);
    EXPECT_EQ(messages("c"), 0);
}

TEST_F(PerSourceMetricsTest, WithoutALimitGivenNothingIsCounted) {
    PerSourceMetrics sources(metrics, "framebridge_test", 0);
    sources.count("a", 10);
    EXPECT_TRUE(metrics.registry()->Collect().empty());
}

TEST_F(PerSourceMetricsTest, ANameIsMadePrintable) {
    PerSourceMetrics sources(metrics, "framebridge_test", 2);
    sources.count("a\xff", 1);
    EXPECT_EQ(messages("a\\xff"), 1);
}

}  // namespace
}  // namespace framebridge
