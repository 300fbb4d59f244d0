#include "store/flight_window.h"

#include <gtest/gtest.h>

namespace framebridge::store {
namespace {

std::size_t fill(FlightWindow& window, std::size_t bytes) {
    std::size_t sent = 0;
    for (; window.has_room(bytes); ++sent) {
        window.sent(bytes);
    }
    return sent;
}

TEST(FlightWindow, BoundsCommandsAndBytes) {
    FlightWindow window(8, 1000);
    EXPECT_EQ(fill(window, 0), 8U);
    window.clear();
    EXPECT_EQ(fill(window, 300), 3U);
    window.clear();
    EXPECT_EQ(fill(window, 5000), 1U) << "one always may be in flight";
    EXPECT_TRUE(window.has_room(0)) << "what carries nothing may pass it";
}

TEST(FlightWindow, IsFreeAgainAfterACut) {
    FlightWindow window(8, 1000);
    ASSERT_EQ(fill(window, 200), 5U);
    window.cut();
    EXPECT_EQ(fill(window, 100), 4U) << "half of the commands";
    window.cut();
    EXPECT_EQ(fill(window, 100), 2U);
    window.cut();
    EXPECT_TRUE(window.is_closed());
    EXPECT_EQ(fill(window, 100), 1U);
    window.cut();
    EXPECT_EQ(fill(window, 100), 1U) << "down to one, no further";
}

TEST(FlightWindow, ACutWithNothingInFlightSaysNothing) {
    FlightWindow window(8, 1000);
    window.cut();
    EXPECT_EQ(fill(window, 100), 8U);
}

TEST(FlightWindow, GrowsAgainWhileAnswersCome) {
    FlightWindow window(8, 1000);
    for (int i = 0; i < 3; ++i) {
        window.sent(100);
        window.cut();
    }
    ASSERT_EQ(fill(window, 100), 1U);
    window.answered(100);
    for (int i = 0; i < 1000; ++i) {
        window.sent(100);
        window.answered(100);
    }
    EXPECT_EQ(fill(window, 100), 8U);
}

}  // namespace
}  // namespace framebridge::store
