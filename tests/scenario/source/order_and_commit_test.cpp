#include "scenario/source/source_scenario.h"

// Kafka: partition 0: 10 11 12, partition 1: 5 -> source, the store answers in reverse -> sent in the order
// consumed
namespace framebridge::source::testing {

class OrderAndCommit : public SourceScenario {};

TEST_F(OrderAndCommit, MessagesLeaveInOrderHoweverTheStoreAnswers) {
    automatic_store = false;
    consume_stored(0, 10, "a");
    consume_stored(0, 11, "a");
    consume_stored(1, 5, "b");
    consume_stored(0, 12, "a");
    bool all_asked = false;
    each_turn = [&] {
        if (fake_store == nullptr) {
            return;
        }
        all_asked = all_asked || fake_store->gets.size() == 4;
        if (all_asked && !fake_store->gets.empty()) {
            fake_store->give(fake_store->gets.size() - 1);
        }
    };

    const auto report = run([&] { return sender.sent.size() == 4; });

    EXPECT_THAT(sent_attachments(),
                ::testing::ElementsAre("bytes of a10", "bytes of a11", "bytes of b5", "bytes of a12"));
    EXPECT_EQ(sender.sent[2].topic, "b");
    EXPECT_EQ(report.sent, 4U);
    EXPECT_EQ(consumer.stored, (std::map<std::int32_t, std::int64_t>{{0, 13}, {1, 6}}));
    EXPECT_TRUE(consumer.closed);
    for (const auto& message : sender.sent) {
        protocol::Envelope envelope;
        ASSERT_TRUE(decode(protocol::FormatChoice::automatic, message.body, envelope).has_value());
        EXPECT_TRUE(std::holds_alternative<protocol::AttachedContent>(envelope.frames.front().content));
    }
}

TEST_F(OrderAndCommit, OnlyWhatIsSafeIsCommitted) {
    for (int offset = 0; offset < 5; ++offset) {
        consume_stored(0, offset, "a");
    }
    sender.safe = 0;
    sender.flushes = false;
    std::vector<std::int64_t> committed;
    each_turn = [&] {
        if (sender.sent.size() < 5 || committed.size() == 20) {
            return;
        }
        committed.push_back(consumer.stored.contains(0) ? consumer.stored[0] : -1);
        if (committed.size() == 10) {
            sender.safe = 3;
        }
    };

    const auto report = run([&] { return committed.size() == 20; });

    EXPECT_EQ(committed[9], -1);
    EXPECT_EQ(committed.back(), 3);
    EXPECT_EQ(consumer.stored[0], 3) << "the peer did not take the rest, so it is not committed";
    EXPECT_FALSE(report.flushed);
}

TEST_F(OrderAndCommit, AStopFlushesAndCommitsEverything) {
    for (int offset = 0; offset < 5; ++offset) {
        consume_stored(0, offset, "a");
    }
    sender.safe = 0;

    const auto report = run([&] { return sender.sent.size() == 5; });

    EXPECT_TRUE(sender.closed);
    EXPECT_EQ(consumer.stored[0], 5);
    EXPECT_TRUE(report.flushed);
}

TEST_F(OrderAndCommit, InlineContentLeavesAsAnExtraPart) {
    consumer.push(0, 0, frame_message("a", 1, protocol::InlineContent{"inside"}));
    consumer.push(0, 1, frame_message("a", 2, protocol::InlineContent{""}, true, protocol::Format::native));

    run([&] { return sender.sent.size() == 2; });

    EXPECT_THAT(sender.sent[0].attachments, ::testing::ElementsAre("inside"));
    EXPECT_THAT(sender.sent[1].attachments, ::testing::ElementsAre(""));
    EXPECT_EQ(sender.sent[0].body, frame_message("a", 1));
    EXPECT_EQ(sender.sent[1].body,
              frame_message("a", 2, protocol::AttachedContent{}, true, protocol::Format::native));
    EXPECT_TRUE(opened.empty());
}

TEST_F(OrderAndCommit, MessagesWithoutOurContentPassAsTheyCame) {
    const std::vector<std::string> messages = {
        frame_message("a", 1, protocol::NoContent{}),
        frame_message("a", 2, protocol::ForeignContent{"s3", "s3://b/k"}), end_of_stream_message("a")};
    for (std::size_t offset = 0; offset < messages.size(); ++offset) {
        consumer.push(0, static_cast<std::int64_t>(offset), messages[offset]);
    }

    run([&] { return sender.sent.size() == messages.size(); });

    for (std::size_t index = 0; index < messages.size(); ++index) {
        EXPECT_EQ(sender.sent[index].body, messages[index]);
        EXPECT_TRUE(sender.sent[index].attachments.empty());
    }
    EXPECT_TRUE(sender.sent[2].end_of_stream);
}

}  // namespace framebridge::source::testing
