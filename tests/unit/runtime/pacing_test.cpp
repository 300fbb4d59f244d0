#include <gtest/gtest.h>

#include "runtime/backoff.h"
#include "runtime/rate_limit.h"

namespace framebridge::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToTheMostAndJittersDownToHalf) {
    Backoff backoff(milliseconds(100), milliseconds(1000));
    for (const int most : {100, 200, 400, 800, 1000, 1000}) {
        const auto pause = backoff.next();
        EXPECT_GE(pause, milliseconds(most / 2));
        EXPECT_LE(pause, milliseconds(most));
    }
}

TEST(Backoff, StartsAnewAfterAReset) {
    Backoff backoff(milliseconds(100), seconds(100));
    for (int i = 0; i < 10; ++i) {
        backoff.next();
    }
    backoff.reset();
    EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(Backoff, Jitters) {
    Backoff backoff(seconds(1000), seconds(1000));
    const auto first = backoff.next();
    bool differs = false;
    for (int i = 0; i < 100 && !differs; ++i) {
        differs = backoff.next() != first;
    }
    EXPECT_TRUE(differs);
}

TEST(RateLimit, LetsOnePassPerIntervalAndCountsTheRest) {
    RateLimit limit(seconds(5));
    const RateLimit::Clock::time_point start{};
    EXPECT_EQ(limit.pass(start), 0U);
    EXPECT_EQ(limit.pass(start + seconds(1)), std::nullopt);
    EXPECT_EQ(limit.pass(start + milliseconds(4999)), std::nullopt);
    EXPECT_EQ(limit.pass(start + seconds(5)), 2U);
    EXPECT_EQ(limit.pass(start + seconds(6)), std::nullopt);
    EXPECT_EQ(limit.pass(start + seconds(60)), 1U);
    EXPECT_EQ(limit.pass(start + seconds(70)), 0U);
}

}  // namespace
}  // namespace framebridge::runtime
