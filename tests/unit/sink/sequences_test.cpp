#include "kafka_redis_sink/sequences.h"

#include <gtest/gtest.h>

namespace framebridge::sink {
namespace {

class SequencesTest : public testing::Test {
  protected:
    Sequences::Step note(std::string_view source, std::optional<std::uint64_t> number,
                         protocol::MessageKind kind = protocol::MessageKind::video_frame) {
        protocol::Envelope envelope;
        envelope.kind = kind;
        envelope.source_id = source;
        envelope.sequence_number = number;
        return sequences_.note(envelope);
    }

  private:
    Sequences sequences_;
};

TEST_F(SequencesTest, ASkippedNumberIsAGapOfItsSourceOnly) {
    EXPECT_EQ(note("a", 5), Sequences::Step::expected);
    EXPECT_EQ(note("b", 90), Sequences::Step::expected);
    EXPECT_EQ(note("a", 6), Sequences::Step::expected);
    EXPECT_EQ(note("a", 9), Sequences::Step::gap);
    EXPECT_EQ(note("a", 10), Sequences::Step::expected);
    EXPECT_EQ(note("b", 91), Sequences::Step::expected);
}

TEST_F(SequencesTest, ANewBeginningIsNoGap) {
    note("a", 5);
    EXPECT_EQ(note("a", 0), Sequences::Step::expected);
    EXPECT_EQ(note("a", 1), Sequences::Step::expected);
    EXPECT_EQ(note("a", 2, protocol::MessageKind::end_of_stream), Sequences::Step::expected);
    EXPECT_EQ(note("a", 77), Sequences::Step::expected);
}

TEST_F(SequencesTest, RepeatedAndUnnumberedMessagesAreNoGap) {
    note("a", 5);
    EXPECT_EQ(note("a", 5), Sequences::Step::expected);
    EXPECT_EQ(note("a", std::nullopt), Sequences::Step::expected);
    EXPECT_EQ(note("a", 6), Sequences::Step::expected);
}

}  // namespace
}  // namespace framebridge::sink
