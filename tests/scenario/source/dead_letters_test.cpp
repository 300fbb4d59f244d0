#include "scenario/source/source_scenario.h"

// Kafka: good, not a message, a location that is not one, good -> source -> ZeroMQ: good, good; dead-letter
// topic: the two others
namespace framebridge::source::testing {

class SourceDeadLetters : public SourceScenario {
  protected:
    SourceDeadLetters() {
        consume_stored(2, 100, "a");
        consumer.push(2, 101, "this is not a message", "bad");
        consumer.push(2, 102, frame_message("a", 1, protocol::ContentReference{"nowhere", "key", {}, {}}));
        consume_stored(2, 103, "a");
    }
};

TEST_F(SourceDeadLetters, SayWhyAndFromWhereAndAreCommittedOnceDelivered) {
    config.dead_letter_topic = "dead";
    dead_letters.automatic = false;
    script.when([&] { return sender.sent.size() == 2; });
    script.at_rest([&] {
        ASSERT_EQ(dead_letters.unconfirmed.size(), 2U);
        EXPECT_EQ(consumer.stored[2], 101);
        dead_letters.report(1);
        dead_letters.report(0);
    });

    const auto report = run_until([&] { return consumer.stored[2] == 104; });

    EXPECT_EQ(report.dead_letters, 2U);
    EXPECT_EQ(report.sent, 2U);
    ASSERT_EQ(dead_letters.delivered.size(), 2U);
    const auto& letter = dead_letters.delivered[1];
    EXPECT_EQ(letter.topic, "dead");
    EXPECT_EQ(letter.key, "bad");
    EXPECT_EQ(letter.value, "this is not a message");
    EXPECT_EQ(letter.headers.at("framebridge-origin-topic"), "frames");
    EXPECT_EQ(letter.headers.at("framebridge-origin-partition"), "2");
    EXPECT_EQ(letter.headers.at("framebridge-origin-offset"), "101");
    EXPECT_EQ(letter.headers.at("framebridge-adapter"), "kafka-redis-source");
    EXPECT_THAT(dead_letters.delivered[0].headers.at("framebridge-reason"),
                ::testing::HasSubstr("nowhere/key"));
}

TEST_F(SourceDeadLetters, WithoutATopicTheyAreDroppedAndCounted) {
    const auto report = run_until([&] { return consumer.stored[2] == 104; });
    EXPECT_EQ(report.dropped, 2U);
    EXPECT_EQ(report.sent, 2U);
}

TEST_F(SourceDeadLetters, AStopWaitsForThoseInFlight) {
    config.dead_letter_topic = "dead";
    dead_letters.automatic = false;
    script.when([&] { return sender.sent.size() == 2; });
    script.at_rest([&] { stop.request(); });
    script.at_rest([&] {
        EXPECT_FALSE(consumer.closed);
        dead_letters.automatic = true;
    });

    const auto report = run();

    EXPECT_EQ(report.dead_letters, 2U);
    EXPECT_EQ(report.not_sent, 0U);
    EXPECT_EQ(consumer.stored[2], 104);
}

TEST_F(SourceDeadLetters, NoMoreOfThemWaitThanMayBeInFlight) {
    config.dead_letter_topic = "dead";
    config.queue_size = 4;
    dead_letters.automatic = false;
    for (int offset = 0; offset < 20; ++offset) {
        consumer.push(1, offset, "this is not a message", "bad");
    }
    consume_stored(3, 0, "good");
    script.when([&] { return consumer.stored.contains(3); });
    script.at_rest([&] {
        EXPECT_EQ(dead_letters.unconfirmed.size(), 4U);
        dead_letters.automatic = true;
    });

    const auto report = run_until([&] { return consumer.stored[1] == 20 && consumer.stored[2] == 104; });

    EXPECT_EQ(report.dead_letters, 22U);
}

TEST_F(SourceDeadLetters, AMessageWithoutATopicToBeSentUnder) {
    consumer.queue.clear();
    consumer.push(0, 0, golden_message("savant_rs-0.3.0/unknown.bin"), "");
    consumer.push(0, 1, golden_message("savant_rs-0.3.0/unknown.bin"), "cam-1");

    const auto report = run_until([&] { return consumer.stored[0] == 2; });

    EXPECT_EQ(report.dropped, 1U);
    ASSERT_EQ(sender.sent.size(), 1U);
    EXPECT_EQ(sender.sent.front().topic, "cam-1");
}

class Refused : public SourceScenario {
  protected:
    static zmq::Refusal refusal(std::uint64_t number) {
        zmq::Refusal refusal;
        refusal.number = number;
        refusal.details.reason = "too tall";
        return refusal;
    }
};

// A REQ socket's reader answers each message.
TEST_F(Refused, OfASingleMessageIsADeadLetter) {
    config.sender.endpoint.type = zmq::SocketType::req;
    config.dead_letter_topic = "dead";
    dead_letters.automatic = false;
    consume_stored(0, 7, "a");
    sender.safe = 0;
    script.when([&] { return sender.sent.size() == 1; },
                [&] {
                    sender.safe = 1;
                    sender.refusals.push_back(refusal(0));
                });
    script.at_rest([&] {
        EXPECT_FALSE(consumer.stored.contains(0));
        dead_letters.automatic = true;
    });

    run_until([&] { return consumer.stored[0] == 8; });

    ASSERT_EQ(dead_letters.delivered.size(), 1U);
    EXPECT_THAT(dead_letters.delivered.front().headers.at("framebridge-reason"),
                ::testing::HasSubstr("too tall"));
    EXPECT_EQ(metrics.refused.Value(), 1);
}

TEST_F(Refused, OfAStreamIsCounted) {
    config.sender.endpoint.type = zmq::SocketType::dealer;
    consume_stored(0, 7, "a");
    script.when([&] { return sender.sent.size() == 1; },
                [&] {
                    sender.refusals.push_back(refusal(0));
                    sender.refusals.back().details.stream = protocol::StreamCounts{9, 6, 3};
                });

    run_until([&] { return metrics.refused.Value() == 3; });

    EXPECT_EQ(consumer.stored[0], 8);
}

}  // namespace framebridge::source::testing
