#include "kafka_redis_source/ttl_probe.h"

#include <gtest/gtest.h>

#include <vector>

namespace framebridge::source {
namespace {

using namespace std::chrono_literals;

TEST(TtlProbe, AsksOnceAndTellsTheAnswer) {
    std::vector<double> margins;
    TtlProbe probe([&](std::chrono::duration<double> left) { margins.push_back(left.count()); });
    EXPECT_TRUE(probe.due());
    probe.asked();
    EXPECT_FALSE(probe.due());
    probe.take({TtlProbe::token, store::Status::found, nullptr, {}, 1500ms});
    EXPECT_EQ(margins, std::vector<double>{1.5});
    EXPECT_FALSE(probe.due()) << "not before some seconds have passed";
}

TEST(TtlProbe, AFrameThatLivesForEverHasNoMargin) {
    TtlProbe probe([](std::chrono::duration<double>) { FAIL(); });
    probe.asked();
    probe.take({TtlProbe::token, store::Status::found, nullptr, {}, {}});
}

}  // namespace
}  // namespace framebridge::source
