#include "kafka/group_offsets.h"

#include <gmock/gmock.h>

namespace framebridge::kafka {
namespace {

RecordMark mark(std::int64_t offset, std::uint64_t checksum = 7) {
    return {.offset = offset, .timestamp_ms = 1'700'000'000'000 + offset, .checksum = checksum};
}

std::string metadata(const rd_kafka_topic_partition_t& element) {
    return {static_cast<const char*>(element.metadata), element.metadata_size};
}

TEST(RecordMark, ReadsWhatItWrote) {
    const RecordMark written{.offset = 12, .timestamp_ms = -1, .checksum = 0xfedcba9876543210};
    EXPECT_EQ(RecordMark::parse(written.to_metadata()), written);
}

TEST(RecordMark, ReadsWhatAnotherClientCommittedAgain) {
    EXPECT_EQ(RecordMark::parse(mark(5).to_metadata() + "out.ipc"), mark(5));
}

TEST(RecordMark, TakesNothingFromOthersMetadata) {
    for (const auto* text : {"", "host-1", "framebridge:2:1:2:3", "framebridge:1:", "framebridge:1:1:2:3:4",
                             "framebridge:1:-5:2:3", "framebridge:1:1:2:x"}) {
        EXPECT_EQ(RecordMark::parse(text), std::nullopt) << text;
    }
}

TEST(GroupOffsets, CommitsTheMarkOfTheLastRecordBeforeThePosition) {
    GroupOffsets offsets("topic");
    offsets.begin(0, std::nullopt);
    offsets.read(0, mark(4));
    offsets.read(0, mark(5));
    offsets.read(0, mark(9));
    offsets.store(0, 8);
    const auto list = offsets.take();
    ASSERT_EQ(list.get()->cnt, 1);
    EXPECT_EQ(list.get()->elems[0].offset, 8);
    EXPECT_EQ(metadata(list.get()->elems[0]), mark(5).to_metadata());
    EXPECT_TRUE(offsets.take().empty());
    offsets.commit_again();
    EXPECT_FALSE(offsets.take().empty());
}

TEST(GroupOffsets, IgnoresPartitionsThatItDoesNotHave) {
    GroupOffsets offsets("topic");
    offsets.store(3, 8);
    EXPECT_FALSE(offsets.has_uncommitted());
}

TEST(GroupOffsets, WhatWasInFlightOfTheOldTopicIsNotCommittedToTheNew) {
    GroupOffsets offsets("topic");
    offsets.begin(0, mark(40));
    offsets.read(0, mark(41));
    offsets.rewind(0);
    offsets.store(0, 42);
    EXPECT_FALSE(offsets.has_uncommitted());
    offsets.read(0, mark(0, 8));
    offsets.store(0, 42);
    EXPECT_FALSE(offsets.has_uncommitted());
    offsets.store(0, 1);
    EXPECT_EQ(metadata(offsets.take().get()->elems[0]), mark(0, 8).to_metadata());
}

TEST(GroupOffsets, AnAnchorThatWasConfirmedMovesOn) {
    GroupOffsets offsets("topic");
    offsets.begin(0, std::nullopt);
    offsets.read(0, mark(1));
    offsets.read(0, mark(2));
    EXPECT_EQ(offsets.anchors().at(0), mark(1));
    offsets.confirm(0, mark(1), mark(2));
    EXPECT_EQ(offsets.anchors().at(0), mark(2));
    offsets.confirm(0, mark(1), mark(5));
    EXPECT_EQ(offsets.anchors().at(0), mark(2));
}

}  // namespace
}  // namespace framebridge::kafka
