#include "kafka_redis_source/missing_grace.h"

#include <gtest/gtest.h>

namespace framebridge::source {

namespace {

using namespace std::chrono_literals;

constexpr MissingGrace::Clock::time_point start{1000s};
constexpr auto young = 0ms;

}  // namespace

TEST(MissingGrace, AsksAgainForYoungRecordsOnly) {
    MissingGrace grace({});
    EXPECT_TRUE(grace.ask_again("s", start, 9'999ms, start));
    EXPECT_TRUE(grace.ask_again("s", start, 11'998ms, start + 1'999ms)) << "it was young when it was missed";
    EXPECT_FALSE(grace.ask_again("s", start, 10'000ms, start));
    EXPECT_FALSE(grace.ask_again("s", start, young, start + 2s));
}

TEST(MissingGrace, EndsForAStoreAfterAWholeGraceThatBroughtNothing) {
    MissingGrace grace({});
    EXPECT_TRUE(grace.ask_again("s", start, young, start));
    EXPECT_FALSE(grace.ask_again("s", start, young, start + 2s));
    EXPECT_FALSE(grace.ask_again("s", start + 2s, young, start + 2s)) << "used up";
    EXPECT_TRUE(grace.ask_again("other", start + 2s, young, start + 2s));
    grace.found("s", MissingGrace::Arrival::at_once, start + 3s);
    EXPECT_TRUE(grace.ask_again("s", start + 3s, young, start + 3s));
}

TEST(MissingGrace, GoesOnWhileLateFramesArrive) {
    MissingGrace grace({});
    EXPECT_TRUE(grace.ask_again("s", start, young, start));
    EXPECT_TRUE(grace.ask_again("s", start, young, start));
    grace.found("s", MissingGrace::Arrival::late, start + 1s);
    EXPECT_FALSE(grace.ask_again("s", start, young, start + 2s));
    EXPECT_TRUE(grace.ask_again("s", start + 2s, young, start + 2s));
}

TEST(MissingGrace, WaitsLongerWhereThePolicyIsToWait) {
    MissingGrace grace({.policy = MissingFrame::wait, .wait = 5s, .grace = 0s});
    EXPECT_TRUE(grace.ask_again("s", start, 1h, start + 4'999ms));
    EXPECT_FALSE(grace.ask_again("s", start, 1h, start + 5s));
}

TEST(MissingGrace, CanBeOff) {
    MissingGrace grace({.policy = MissingFrame::skip, .wait = 5s, .grace = 0s});
    EXPECT_FALSE(grace.ask_again("s", start, young, start));
}

}  // namespace framebridge::source
