#include "kafka/start_offsets.h"

#include <gmock/gmock.h>

#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

PartitionState state(std::int32_t partition, std::optional<std::int64_t> committed, std::int64_t begin,
                     std::int64_t end) {
    return {.partition = partition, .committed = committed, .begin = begin, .end = end};
}

TEST(StartOffsets, ACommittedOffsetThatIsThereIsTaken) {
    const auto starts = find_start_offsets({0}, {state(0, 5, 0, 10)}, "latest");
    ASSERT_EQ(starts.size(), 1U);
    EXPECT_EQ(starts[0].offset, 5);
    EXPECT_EQ(starts[0].missing, 0);
    EXPECT_FALSE(starts[0].rewound || starts[0].commit);
}

TEST(StartOffsets, ANewGroupBeginsAtTheEndAndCommitsItForAllPartitions) {
    const auto starts =
        find_start_offsets({1}, {state(0, std::nullopt, 0, 10), state(1, std::nullopt, 3, 20)}, "latest");
    ASSERT_EQ(starts.size(), 2U);
    EXPECT_EQ(starts[0].partition, 0);
    EXPECT_EQ(starts[0].offset, 10);
    EXPECT_TRUE(starts[0].commit);
    EXPECT_EQ(starts[1].offset, 20);
    EXPECT_TRUE(starts[1].commit);
}

TEST(StartOffsets, ANewGroupOfEarliestBeginsAtTheBeginning) {
    const auto starts =
        find_start_offsets({1}, {state(0, std::nullopt, 0, 10), state(1, std::nullopt, 3, 20)}, "earliest");
    ASSERT_EQ(starts.size(), 1U);
    EXPECT_EQ(starts[0].offset, 3);
    EXPECT_FALSE(starts[0].commit);
}

TEST(StartOffsets, APartitionAddedLaterIsReadFromItsFirstRecord) {
    const auto starts =
        find_start_offsets({0, 1}, {state(0, 7, 0, 10), state(1, std::nullopt, 0, 20)}, "latest");
    ASSERT_EQ(starts.size(), 2U);
    EXPECT_EQ(starts[0].offset, 7);
    EXPECT_EQ(starts[1].offset, 0);
    EXPECT_FALSE(starts[1].commit);
}

TEST(StartOffsets, AGroupBehindTheRetentionGoesOnAtTheOldestRecordAndTheHoleIsKnown) {
    const auto starts = find_start_offsets({0}, {state(0, 7, 100, 200)}, "latest");
    ASSERT_EQ(starts.size(), 1U);
    EXPECT_EQ(starts[0].offset, 100);
    EXPECT_EQ(starts[0].missing, 93);
}

TEST(StartOffsets, APartitionThatEndsBeforeTheOffsetIsReadFromItsBeginning) {
    const auto starts = find_start_offsets({0}, {state(0, 700, 0, 20)}, "latest");
    ASSERT_EQ(starts.size(), 1U);
    EXPECT_EQ(starts[0].offset, 0);
    EXPECT_TRUE(starts[0].rewound);
}

TEST(StartOffsets, APartitionWhoseLeaderIsAwayKeepsNoOtherWaiting) {
    const PartitionState unknown{.partition = 1, .committed = {}, .begin = {}, .end = {}};
    const auto starts = find_start_offsets({0, 1}, {state(0, std::nullopt, 0, 10), unknown}, "latest");
    ASSERT_EQ(starts.size(), 2U);
    EXPECT_EQ(starts[0].offset, 10);
    EXPECT_EQ(starts[1].offset, RD_KAFKA_OFFSET_END);
    EXPECT_FALSE(starts[1].commit);
}

TEST(StartOffsets, ErrorEndsAGroupWithoutOffsetsOrWithOffsetsThatAreGone) {
    for (const auto& partition : {state(3, std::nullopt, 0, 10), state(3, 5, 7, 10), state(3, 11, 7, 10)}) {
        try {
            find_start_offsets({3}, {partition}, "error");
            FAIL() << "an offset was found";
        } catch (const runtime::Failure& failure) {
            EXPECT_EQ(failure.kind(), runtime::FailureKind::bad_data);
            EXPECT_THAT(failure.what(), testing::AllOf(testing::HasSubstr("partition 3"),
                                                       testing::HasSubstr("--kafka-auto-offset-reset")));
        }
    }
    EXPECT_EQ(find_start_offsets({3}, {state(3, 7, 7, 10)}, "error").front().offset, 7);
}

TEST(StartOffsets, ATopicWithAnotherRecordBeforeTheOffsetWasMadeAnew) {
    auto partition = state(0, 5, 0, 100);
    partition.mark = RecordMark{.offset = 4, .timestamp_ms = 1, .checksum = 2};
    partition.there = partition.mark;
    EXPECT_EQ(find_start_offsets({0}, {partition}, "latest")[0].offset, 5);
    partition.there->timestamp_ms = 9;
    const auto starts = find_start_offsets({0}, {partition}, "latest");
    EXPECT_EQ(starts[0].offset, 0);
    EXPECT_TRUE(starts[0].rewound);
    EXPECT_THROW(find_start_offsets({0}, {partition}, "error"), runtime::Failure);
}

TEST(StartOffsets, AnOffsetWhoseRecordCannotBeComparedIsTaken) {
    auto partition = state(0, 5, 0, 100);
    partition.mark = RecordMark{.offset = 4, .timestamp_ms = 1, .checksum = 2};
    EXPECT_EQ(find_start_offsets({0}, {partition}, "latest")[0].offset, 5);
}

}  // namespace
}  // namespace framebridge::kafka
