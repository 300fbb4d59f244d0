#include "scenario/source/source_scenario.h"

// Kafka: partition 0: 10 11 12, partition 1: 5 -> source, the store answers in reverse -> each partition's
// messages are sent in order
namespace framebridge::source::testing {

class OrderAndCommit : public SourceScenario {};

TEST_F(OrderAndCommit, MessagesLeaveInOrderHoweverTheStoreAnswers) {
    before_open = [](FakeStore& store, const std::string&) { store.automatic = false; };
    consume_stored(0, 10, "a");
    consume_stored(0, 11, "a");
    consume_stored(1, 5, "b");
    consume_stored(0, 12, "a");
    script.at_rest([&] { ASSERT_EQ(stores["store:6379:0"]->gets.size(), 4U); });
    for (std::size_t left = 4; left > 0; --left) {
        script.at_rest([this, left] { stores["store:6379:0"]->give(left - 1); });
    }

    const auto report = run_until([&] { return sender.sent.size() == 4; });

    EXPECT_THAT(sent_attachments("a"),
                ::testing::ElementsAre("bytes of a10", "bytes of a11", "bytes of a12"));
    EXPECT_THAT(sent_attachments("b"), ::testing::ElementsAre("bytes of b5"));
    EXPECT_EQ(report.sent, 4U);
    EXPECT_EQ(report.frames, 4U);
    EXPECT_EQ(frames_counted, 4U);
    EXPECT_EQ(consumer.stored, (std::map<std::int32_t, std::int64_t>{{0, 13}, {1, 6}}));
    EXPECT_TRUE(consumer.closed);
    for (const auto& message : sender.sent) {
        protocol::Envelope envelope;
        ASSERT_TRUE(decode(protocol::FormatChoice::automatic, message.body, envelope).has_value());
        EXPECT_TRUE(std::holds_alternative<protocol::AttachedContent>(envelope.frames.front().content));
    }
}

TEST_F(OrderAndCommit, PartitionsTakeTurns) {
    sender.room = 0;
    for (int offset = 0; offset < 3; ++offset) {
        consume_stored(0, offset, "a");
        consume_stored(3, offset, "b");
    }
    script.at_rest([&] { sender.room = 100; });

    run_until([&] { return sender.sent.size() == 6; });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes of a0", "bytes of b0", "bytes of a1",
                                                           "bytes of b1", "bytes of a2", "bytes of b2"));
}

TEST_F(OrderAndCommit, OnlyWhatIsSafeIsCommitted) {
    for (int offset = 0; offset < 5; ++offset) {
        consume_stored(0, offset, "a");
    }
    sender.safe = 0;
    sender.flushes = false;
    script.when([&] { return sender.sent.size() == 5; });
    script.at_rest([&] {
        EXPECT_FALSE(consumer.stored.contains(0));
        sender.safe = 3;
    });

    const auto report = run();

    EXPECT_EQ(consumer.stored[0], 3) << "the peer did not take the rest, so it is not committed";
    EXPECT_FALSE(report.flushed);
}

TEST_F(OrderAndCommit, AStopFlushesAndCommitsEverything) {
    for (int offset = 0; offset < 5; ++offset) {
        consume_stored(0, offset, "a");
    }
    sender.safe = 0;

    const auto report = run_until([&] { return sender.sent.size() == 5; });

    EXPECT_TRUE(sender.closed);
    EXPECT_EQ(consumer.stored[0], 5);
    EXPECT_TRUE(report.flushed);
}

TEST_F(OrderAndCommit, InlineContentLeavesAsAnExtraPart) {
    consumer.push(0, 0, frame_message("a", 1, protocol::InlineContent{"inside"}));
    consumer.push(0, 1, frame_message("a", 2, protocol::InlineContent{""}, true, protocol::Format::native));

    run_until([&] { return sender.sent.size() == 2; });

    EXPECT_THAT(sender.sent[0].attachments, ::testing::ElementsAre("inside"));
    EXPECT_THAT(sender.sent[1].attachments, ::testing::ElementsAre(""));
    EXPECT_EQ(sender.sent[0].body, frame_message("a", 1));
    EXPECT_EQ(sender.sent[1].body,
              frame_message("a", 2, protocol::AttachedContent{}, true, protocol::Format::native));
    EXPECT_TRUE(opened.empty());
}

// As the specification promises of kinds and contents that are not known here.
TEST_F(OrderAndCommit, PartsThatCameAsRecordHeadersLeaveAsParts) {
    consumer.push(0, 0, golden_message("native/unknown.bin"), "a");
    consumer.queue.back().parts = {"one", "two"};

    run_until([&] { return sender.sent.size() == 1; });

    EXPECT_EQ(sender.sent[0].topic, "a");
    EXPECT_THAT(sender.sent[0].attachments, ::testing::ElementsAre("one", "two"));
}

TEST_F(OrderAndCommit, MessagesWithoutOurContentPassAsTheyCame) {
    const std::vector<std::string> messages = {
        frame_message("a", 1, protocol::NoContent{}),
        frame_message("a", 2, protocol::ForeignContent{"s3", "s3://b/k"}), end_of_stream_message("a")};
    for (std::size_t offset = 0; offset < messages.size(); ++offset) {
        consumer.push(0, static_cast<std::int64_t>(offset), messages[offset]);
    }

    run_until([&] { return sender.sent.size() == messages.size(); });

    for (std::size_t index = 0; index < messages.size(); ++index) {
        EXPECT_EQ(sender.sent[index].body, messages[index]);
        EXPECT_TRUE(sender.sent[index].attachments.empty());
    }
    EXPECT_TRUE(sender.sent[2].end_of_stream);
}

}  // namespace framebridge::source::testing
