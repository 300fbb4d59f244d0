#include "scenario/source/source_scenario.h"

// Kafka: good, not a message, a location that is none, good -> source -> ZeroMQ: good, good; dead-letter
// topic: the two others
namespace framebridge::source::testing {

class SourceDeadLetters : public SourceScenario {
  protected:
    SourceDeadLetters() {
        consume_stored(2, 100, "a");
        consumer.push(2, 101, "this is no message", "bad");
        consumer.push(2, 102, frame_message("a", 1, protocol::ContentReference{"nowhere", "key", {}, {}}));
        consume_stored(2, 103, "a");
    }
};

TEST_F(SourceDeadLetters, SayWhyAndFromWhereAndAreCommittedOnceDelivered) {
    config.dead_letter_topic = "dead";
    config.kafka.topic = "frames";
    dead_letters.automatic = false;
    std::int64_t stored_before = -1;
    each_turn = [&, turns = 0]() mutable {
        if (dead_letters.unconfirmed.size() < 2 || sender.sent.size() < 2 || ++turns != 10) {
            return;
        }
        stored_before = consumer.stored[2];
        dead_letters.report(1);
        dead_letters.report(0);
    };

    const auto report = run([&] { return consumer.stored[2] == 104; });

    EXPECT_EQ(stored_before, 101);
    EXPECT_EQ(report.dead_letters, 2U);
    EXPECT_EQ(report.sent, 2U);
    ASSERT_EQ(dead_letters.delivered.size(), 2U);
    const auto& letter = dead_letters.delivered[1];
    EXPECT_EQ(letter.topic, "dead");
    EXPECT_EQ(letter.key, "bad");
    EXPECT_EQ(letter.value, "this is no message");
    EXPECT_EQ(letter.headers.at("framebridge-origin-topic"), "frames");
    EXPECT_EQ(letter.headers.at("framebridge-origin-partition"), "2");
    EXPECT_EQ(letter.headers.at("framebridge-origin-offset"), "101");
    EXPECT_EQ(letter.headers.at("framebridge-adapter"), "kafka-redis-source");
    EXPECT_THAT(dead_letters.delivered[0].headers.at("framebridge-reason"),
                ::testing::HasSubstr("nowhere/key"));
}

TEST_F(SourceDeadLetters, WithoutATopicTheyAreDroppedAndCounted) {
    const auto report = run([&] { return consumer.stored[2] == 104; });
    EXPECT_EQ(report.dropped, 2U);
    EXPECT_EQ(report.sent, 2U);
}

}  // namespace framebridge::source::testing
