#include "scenario/sink/sink_scenario.h"

// writer -> [good, bad, good] -> sink -> topic: good, good; dead-letter topic: bad
namespace framebridge::sink::testing {

class DeadLetters : public SinkScenario {};

TEST_F(DeadLetters, WhatDoesNotDecodeIsKeptThereAndAcknowledged) {
    config.dead_letter_topic = "dead";
    receiver.push("cam", frame_message("cam", 1), {"x"});
    receiver.push("bad", "this is no message");
    receiver.push("cam", frame_message("cam", 2), {"y"});

    const auto report = run();

    EXPECT_EQ(report.delivered, 2U);
    EXPECT_EQ(report.dead_letters, 1U);
    const auto letter = std::find_if(producer.delivered.begin(), producer.delivered.end(),
                                     [](auto& record) { return record.topic == "dead"; });
    ASSERT_NE(letter, producer.delivered.end());
    EXPECT_EQ(letter->value, "this is no message");
    EXPECT_EQ(receiver.acknowledged.at(1).outcome, zmq::Answer::Outcome::dead_lettered);
    EXPECT_FALSE(letter->headers.at("framebridge-reason").empty());
    EXPECT_EQ(letter->headers.at("framebridge-origin-topic"), "bad");
    EXPECT_EQ(letter->headers.at("framebridge-adapter"), "kafka-redis-sink");
    EXPECT_THAT(letter->headers.at("framebridge-time"), ::testing::MatchesRegex("....-..-..T..:..:..Z"));
}

TEST_F(DeadLetters, WithoutATopicItIsDroppedAndCounted) {
    receiver.push("bad", "this is no message");
    receiver.push("bad", "");
    receiver.push("cam", frame_message("cam", 2), {"y"});

    const auto report = run();

    EXPECT_EQ(report.dropped, 2U);
    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(producer.delivered.size(), 1U);
    ASSERT_EQ(receiver.acknowledged.size(), 3U);
    EXPECT_EQ(receiver.acknowledged[0].outcome, zmq::Answer::Outcome::refused);
    EXPECT_EQ(receiver.acknowledged[1].outcome, zmq::Answer::Outcome::refused);
    EXPECT_EQ(receiver.acknowledged[2].outcome, zmq::Answer::Outcome::kept);
}

TEST_F(DeadLetters, WhatTheStoreRefusesHasNoReference) {
    config.dead_letter_topic = "dead";
    store.automatic = false;
    const auto message = frame_message("cam", 1);
    receiver.push("cam", message, {"x"});
    script.at_rest([&] { store.refuse(0, "too large for the store"); });

    run();

    ASSERT_EQ(producer.delivered.size(), 1U);
    EXPECT_EQ(producer.delivered[0].topic, "dead");
    EXPECT_EQ(producer.delivered[0].value, message);
    EXPECT_THAT(producer.delivered[0].headers.at("framebridge-reason"),
                ::testing::HasSubstr("too large for the store"));
}

TEST_F(DeadLetters, WhatKafkaDoesNotTakeIsKeptThereAndIfNeedBeDropped) {
    config.dead_letter_topic = "dead";
    producer.automatic = false;
    const auto first = frame_message("cam", 1);
    receiver.push("cam", first, {"x"});
    receiver.push("cam", frame_message("cam", 2), {"y"});
    const auto refuse = [&] {
        producer.report(0, kafka::DeliveryStatus::too_large, "larger than message.max.bytes");
    };
    script.at_rest([&] { refuse(); });            // The first message,
    script.at_rest([&] { refuse(); });            // the second,
    script.at_rest([&] { producer.report(0); });  // the first one's dead letter,
    script.at_rest([&] { refuse(); });            // the second one's.

    const auto report = run();

    EXPECT_EQ(report.delivered, 0U);
    EXPECT_EQ(report.dead_letters, 1U);
    EXPECT_EQ(report.dropped, 1U);
    ASSERT_EQ(producer.delivered.size(), 1U);
    EXPECT_EQ(producer.delivered[0].headers.at("framebridge-reason"), "larger than message.max.bytes");
}

// Savant's brokers and ours refuse a producer's whole batch for it, and the producer has to begin anew.
TEST_F(DeadLetters, WhatIsTooLargeForTheTopicIsKnownBefore) {
    config.dead_letter_topic = "dead";
    record_limit = 1'000;
    dead_letter_limit = 10'000;
    receiver.push("cam", frame_message("cam", 1, protocol::NoContent{}));
    receiver.push("cam", user_data_message(std::string(2'000, 'x')));
    receiver.push("cam", user_data_message(std::string(20'000, 'x')));

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(report.dead_letters, 1U);
    EXPECT_EQ(report.dropped, 1U);
    ASSERT_EQ(producer.delivered.size(), 2U);
    EXPECT_THAT(producer.delivered[1].headers.at("framebridge-reason"),
                ::testing::HasSubstr("max.message.bytes of 1000"));
}

TEST_F(DeadLetters, AMessageLargerThanAllowedIsNotUsed) {
    config.max_message_bytes = 1'000;
    config.content.references = References::any;
    receiver.push("cam", frame_message("cam", 1), {std::string(600, 'x'), std::string(600, 'y')});
    receiver.push("cam", frame_message("cam", 2, protocol::ContentReference{"s:1:0", "k", 2'000, {}}, true,
                                       protocol::Format::native));
    receiver.push("cam", frame_message("cam", 3), {"x"});

    const auto report = run();

    EXPECT_EQ(report.dropped, 2U);
    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(store.put_count, 1U);
}

TEST_F(DeadLetters, ASavantUuidThatIsNotOneIsRefused) {
    protocol::VideoFrame frame;
    frame.source_id = "cam";
    frame.uuid = "frame-1";
    frame.content = protocol::NoContent{};
    receiver.push("cam", encode(protocol::Format::savant, frame));

    EXPECT_EQ(run().dropped, 1U);
}

TEST_F(DeadLetters, AnOptionalKeyOfAWrongTypeIsSkippedAndCounted) {
    const auto message = native_message("video_frame", {{"source_id", "cam"},
                                                        {"uuid", uuid_of(1)},
                                                        {"keyframe", "yes"},
                                                        {"sequence_number", "one"},
                                                        {"content", {{"kind", "none"}}}});
    receiver.push("cam", message);

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(metrics.keys_skipped.Value(), 2);
}

}  // namespace framebridge::sink::testing
