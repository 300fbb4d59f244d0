#include "kafka_redis_source/window.h"

#include <gtest/gtest.h>

#include <memory>

namespace framebridge::source {

namespace {

class WindowTest : public ::testing::Test {
  protected:
    MessageInFlight& add(std::int32_t partition, std::size_t size = 0) {
        auto bytes = std::make_shared<std::string>(size, 'x');
        kafka::ConsumedRecord record;
        record.owner = bytes;
        record.partition = partition;
        record.offset = next_offset_++;
        record.value = *bytes;
        return window.add(std::move(record));
    }
    Lane& lane(std::int32_t partition) { return window.lanes().at(partition); }
    Lane* next() {
        return window.next([](const MessageInFlight&) { return true; });
    }

    Window window{{.messages = 12, .bytes = 1'200}};

  private:
    std::int64_t next_offset_ = 0;
};

}  // namespace

TEST_F(WindowTest, PartitionsHaveEqualShares) {
    window.open({0, 1, 2});
    EXPECT_EQ(window.room(0), 4U);
    for (int message = 0; message < 4; ++message) {
        add(0);
    }
    EXPECT_EQ(window.room(0), 0U);
    EXPECT_EQ(window.room(1), 4U);
    EXPECT_EQ(window.room(7), 0U) << "not assigned";
    window.open({3});
    EXPECT_EQ(window.room(1), 3U);
}

TEST_F(WindowTest, APositionIsTheNextRecordThatIsNotSent) {
    window.open({0});
    EXPECT_EQ(window.position(0), -1) << "nothing was consumed yet";
    add(0);
    add(0);
    EXPECT_EQ(window.position(0), 0);
    window.pop_front(lane(0));
    EXPECT_EQ(window.position(0), 1);
    window.pop_front(lane(0));
    EXPECT_EQ(window.position(0), 2);
    EXPECT_EQ(window.position(7), -1) << "not assigned";
}

TEST_F(WindowTest, EachPartitionMayHaveOneMessage) {
    std::vector<std::int32_t> partitions(100);
    for (std::size_t index = 0; index < partitions.size(); ++index) {
        partitions[index] = static_cast<std::int32_t>(index);
    }
    window.open(partitions);
    EXPECT_EQ(window.room(0), 1U);
    add(0, 500);
    EXPECT_EQ(window.room(0), 0U);
    EXPECT_EQ(window.room(99), 1U);
}

TEST_F(WindowTest, LargeRecordsTakeTheRoom) {
    window.open({0, 1, 2});
    add(0, 150);
    EXPECT_EQ(window.room(0), 1U) << "250 of 400 bytes are left for records of about 150";
    add(0, 150);
    EXPECT_EQ(window.room(0), 0U);
}

TEST_F(WindowTest, OneFrontAtATimeMayBeLargerThanItsShare) {
    window.open({0, 1, 2});
    auto& first = add(0, 10);
    auto& behind = add(0, 10);
    auto& other = add(1, 10);
    EXPECT_TRUE(window.may_grow(lane(0), behind, 300));
    EXPECT_FALSE(window.may_grow(lane(0), behind, 500));
    EXPECT_TRUE(window.may_grow(lane(0), first, 500));
    window.hold(first, 510);
    EXPECT_TRUE(window.may_grow(lane(0), first, 500));
    EXPECT_FALSE(window.may_grow(lane(1), other, 500));
    EXPECT_TRUE(window.may_grow(lane(1), other, 300)) << "its own share is its own";
    window.pop_front(lane(0));
    EXPECT_TRUE(window.may_grow(lane(1), other, 500));
}

TEST_F(WindowTest, PartitionsTakeTurns) {
    window.open({0, 1, 2});
    add(0);
    add(0);
    add(2);
    std::vector<std::int32_t> order;
    while (auto* lane = next()) {
        EXPECT_EQ(next(), lane) << "its turn is over when its front has left";
        order.push_back(lane->messages.front()->record.partition);
        window.pop_front(*lane);
    }
    EXPECT_EQ(order, (std::vector<std::int32_t>{0, 2, 0}));
    EXPECT_EQ(window.bytes(), 0U);
}

TEST_F(WindowTest, AClosedPartitionReleasesItsRecords) {
    window.open({0, 1});
    const std::weak_ptr<const void> owner = add(0, 10).record.owner;
    const auto number = add(1, 20).number;
    EXPECT_FALSE(owner.expired());
    EXPECT_EQ(window.close({0}), 1U);
    EXPECT_TRUE(owner.expired());
    EXPECT_EQ(window.bytes(), 20U);
    EXPECT_NE(window.find(number), nullptr);
    EXPECT_EQ(window.partitions(), std::vector<std::int32_t>{1});
}

}  // namespace framebridge::source
