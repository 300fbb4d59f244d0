#include "kafka/offset_tracker.h"

#include <gmock/gmock.h>

namespace framebridge::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(OffsetTracker, CommitsTheNextOffset) {
    OffsetTracker tracker;
    tracker.consumed(0, 41);
    EXPECT_EQ(tracker.take_committable(0), std::nullopt);
    tracker.done(0, 41);
    EXPECT_EQ(tracker.take_committable(0), 42);
    EXPECT_EQ(tracker.take_committable(0), std::nullopt) << "it did not move since";
}

TEST(OffsetTracker, HoldsBackWhatIsBehindAnUnfinishedRecord) {
    OffsetTracker tracker;
    for (std::int64_t offset = 0; offset < 4; ++offset) {
        tracker.consumed(0, offset);
    }
    tracker.done(0, 3);
    tracker.done(0, 1);
    EXPECT_EQ(tracker.take_committable(0), std::nullopt);
    EXPECT_EQ(tracker.pending(0), 2U);
    tracker.done(0, 0);
    EXPECT_EQ(tracker.take_committable(0), 2);
    tracker.done(0, 2);
    EXPECT_EQ(tracker.take_committable(0), 4);
    EXPECT_EQ(tracker.pending(), 0U);
}

TEST(OffsetTracker, TakesGapsInOffsets) {
    OffsetTracker tracker;
    tracker.consumed(0, 5);
    tracker.consumed(0, 9);
    tracker.consumed(0, 100);
    tracker.done(0, 9);
    tracker.done(0, 5);
    EXPECT_EQ(tracker.take_committable(0), 10);
    tracker.done(0, 100);
    EXPECT_EQ(tracker.take_committable(0), 101);
}

TEST(OffsetTracker, KeepsPartitionsApart) {
    OffsetTracker tracker;
    tracker.consumed(0, 7);
    tracker.consumed(1, 7);
    tracker.consumed(2, 7);
    tracker.done(2, 7);
    tracker.done(1, 7);
    EXPECT_THAT(tracker.take_committable(), ElementsAre(Pair(1, 8), Pair(2, 8)));
    EXPECT_THAT(tracker.take_committable(), IsEmpty());
    EXPECT_EQ(tracker.pending(), 1U);
    EXPECT_EQ(tracker.pending(1), 0U);
}

TEST(OffsetTracker, IgnoresWhatItDoesNotKnow) {
    OffsetTracker tracker;
    tracker.done(3, 1);
    tracker.consumed(0, 10);
    tracker.done(0, 9);
    tracker.done(0, 11);
    EXPECT_EQ(tracker.pending(0), 1U);
    tracker.done(0, 10);
    tracker.done(0, 10);
    EXPECT_EQ(tracker.pending(0), 0U);
    EXPECT_EQ(tracker.take_committable(0), 11);
}

TEST(OffsetTracker, ForgetsAPartitionThatWasGivenUp) {
    OffsetTracker tracker;
    tracker.consumed(0, 1);
    tracker.consumed(0, 2);
    tracker.done(0, 1);
    tracker.forget(0);
    EXPECT_EQ(tracker.take_committable(0), std::nullopt);
    tracker.done(0, 2);
    EXPECT_EQ(tracker.take_committable(0), std::nullopt);
    EXPECT_EQ(tracker.pending(), 0U);
}

TEST(OffsetTracker, LateDoneOfAnEarlierAssignmentMovesNothing) {
    OffsetTracker tracker;
    tracker.consumed(0, 1);
    tracker.forget(0);
    tracker.consumed(0, 2);
    tracker.done(0, 1);
    EXPECT_EQ(tracker.take_committable(0), std::nullopt);
    tracker.done(0, 2);
    EXPECT_EQ(tracker.take_committable(0), 3);
}

TEST(OffsetTracker, StartsAnewAtALowerOffset) {
    OffsetTracker tracker;
    for (std::int64_t offset = 10; offset < 13; ++offset) {
        tracker.consumed(0, offset);
    }
    tracker.done(0, 10);
    tracker.consumed(0, 10);
    EXPECT_EQ(tracker.take_committable(0), std::nullopt) << "record 10 is in flight again";
    EXPECT_EQ(tracker.pending(0), 1U);
    tracker.done(0, 10);
    EXPECT_EQ(tracker.take_committable(0), 11);
}

TEST(OffsetTracker, StartsAnewAtALowerOffsetAlsoWithNothingPending) {
    OffsetTracker tracker;
    tracker.consumed(0, 10);
    tracker.done(0, 10);
    tracker.consumed(0, 4);
    tracker.done(0, 4);
    EXPECT_EQ(tracker.take_committable(0), 5);
}

}  // namespace
}  // namespace framebridge::kafka
