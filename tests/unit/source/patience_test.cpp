#include "kafka_redis_source/patience.h"

#include <gtest/gtest.h>

namespace framebridge::source {

using namespace std::chrono_literals;

TEST(Patience, AddsUpWithinAnHour) {
    const auto start = Patience::Clock::now();
    Patience patience(60s);
    patience.waiting(start);
    EXPECT_EQ(patience.ends_at(start + 10s), start + 60s);
    patience.not_waiting(start + 40s);
    EXPECT_FALSE(patience.at_an_end(start + 100s));
    patience.waiting(start + 100s);
    EXPECT_FALSE(patience.at_an_end(start + 119s));
    EXPECT_TRUE(patience.at_an_end(start + 120s));
    patience.not_waiting(start + 120s);
    patience.waiting(start + 130s);
    EXPECT_TRUE(patience.at_an_end(start + 130s));
}

TEST(Patience, IsNewAfterAnHour) {
    const auto start = Patience::Clock::now();
    Patience patience(60s);
    patience.waiting(start);
    EXPECT_TRUE(patience.at_an_end(start + 61s));
    patience.waiting(start + 3'700s);
    EXPECT_FALSE(patience.at_an_end(start + 3'700s));
    EXPECT_TRUE(patience.at_an_end(start + 3'760s));
}

}  // namespace framebridge::source
