#include "scenario/sink/sink_scenario.h"

// writer -> [frame 0, frame 1, frame 2] -> sink -> store answers 2, 0, 1
//                                             \-> Kafka gets nothing, then 0, then 1 and 2
namespace framebridge::sink::testing {

class ReferenceAfterStore : public SinkScenario {};

TEST_F(ReferenceAfterStore, KafkaSeesReferencesInOrderAndOnlyOnceStored) {
    store.automatic = false;
    for (int pts = 0; pts < 3; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {"bytes" + std::to_string(pts)});
    }
    std::vector<std::size_t> produced_when_confirmed;
    for (const std::size_t answer : {2, 0, 0}) {
        script.at_rest([&, answer] {
            produced_when_confirmed.push_back(producer.delivered.size() + producer.unconfirmed.size());
            store.confirm(answer);
        });
    }

    const auto report = run();

    EXPECT_THAT(produced_when_confirmed, ::testing::ElementsAre(0, 0, 1));
    EXPECT_EQ(report.delivered, 3U);
    EXPECT_EQ(frames_counted, 3U);
    for (std::size_t index = 0; index < 3; ++index) {
        const auto envelope = envelope_of(producer.delivered[index].value);
        const auto& reference = std::get<protocol::ContentReference>(envelope.frames.front().content);
        EXPECT_EQ(reference.store, "store:6379:0");
        EXPECT_EQ(reference.key, "savant:frames:" + std::string(envelope.frames.front().uuid));
        EXPECT_EQ(store.contents.at(std::string(reference.key)), "bytes" + std::to_string(index));
        EXPECT_EQ(producer.delivered[index].key, "cam");
        EXPECT_EQ(producer.delivered[index].headers.at("framebridge-format"), "savant");
    }
}

TEST_F(ReferenceAfterStore, TheStoredBytesAreAllExtraPartsOfAFrame) {
    receiver.push("cam", frame_message("cam", 7), {"first ", "second ", "third"});

    run();

    ASSERT_EQ(store.contents.size(), 1U);
    EXPECT_EQ(store.contents.begin()->second, "first second third");
}

TEST_F(ReferenceAfterStore, InlineContentIsStoredToo) {
    receiver.push("cam", frame_message("cam", 7, protocol::InlineContent{"inside"}));

    run();

    ASSERT_EQ(store.contents.size(), 1U);
    EXPECT_EQ(store.contents.begin()->second, "inside");
    EXPECT_TRUE(std::holds_alternative<protocol::ContentReference>(
        envelope_of(producer.delivered[0].value).frames.front().content));
}

TEST_F(ReferenceAfterStore, MessagesWithoutBytesPassAsTheyCame) {
    const std::vector<std::string> messages = {
        frame_message("cam", 1, protocol::NoContent{}),
        frame_message("cam", 2, protocol::ForeignContent{"s3", "s3://bucket/key"}),
        frame_message("cam", 3),  // attached, but no extra part came
        end_of_stream_message("cam"),
        user_data_message("cam"),
    };
    for (const auto& message : messages) {
        receiver.push("cam", message);
    }

    run();

    EXPECT_EQ(store.put_count, 0U);
    for (std::size_t index = 0; index < messages.size(); ++index) {
        EXPECT_EQ(producer.delivered[index].value, messages[index]);
    }
}

}  // namespace framebridge::sink::testing
