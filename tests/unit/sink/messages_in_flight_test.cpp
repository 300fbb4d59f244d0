#include "common/messages_in_flight.h"

#include <gtest/gtest.h>

namespace framebridge {
namespace {

struct Message : InFlight {
    Recycled recycle() {
        ++recycled;
        return Recycled::reusable;
    }
    int recycled = 0;
};

TEST(MessagesInFlight, AreFoundByTheirNumbersAlsoWithGaps) {
    MessagesInFlight<Message> messages;
    for (int count = 0; count < 10; ++count) {
        messages.hold(messages.add(), 10);
    }
    for (const std::uint64_t number : {0, 3, 6, 9}) {
        messages.remove(*messages.find(number));
    }
    EXPECT_EQ(messages.bytes(), 60U);
    for (std::uint64_t number = 0; number < 12; ++number) {
        const auto* found = messages.find(number);
        EXPECT_EQ(found != nullptr, number < 10 && number % 3 != 0) << number;
        if (found != nullptr) {
            EXPECT_EQ(found->number, number);
        }
    }
    messages.pop_front();
    EXPECT_EQ(messages.find(1), nullptr);
    EXPECT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages.bytes(), 50U);
    EXPECT_EQ(messages.add().recycled, 1);
}

}  // namespace
}  // namespace framebridge
