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

// Order is kept within a source, whatever the writer calls its topic.
TEST_F(ReferenceAfterStore, TheRecordsKeyIsTheSourceNotTheTopic) {
    receiver.push("topic", frame_message("cam", 1), {"x"});
    receiver.push("topic", user_data_message("cam"));
    receiver.push("topic", batch_message({attached_content}), {"x"});

    run();

    ASSERT_EQ(producer.delivered.size(), 3U);
    EXPECT_EQ(producer.delivered[0].key, "cam");
    EXPECT_EQ(producer.delivered[1].key, "cam");
}

TEST_F(ReferenceAfterStore, TwoContentsOfOneNativeUuidHaveTwoKeys) {
    for (const auto* bytes : {"AAAA", "BB", "AAAA"}) {
        receiver.push("cam",
                      frame_message("cam", 1, protocol::AttachedContent{}, true, protocol::Format::native),
                      {bytes});
    }

    run();

    ASSERT_EQ(producer.delivered.size(), 3U);
    std::vector<std::string> found;
    for (const auto& record : producer.delivered) {
        const auto envelope = envelope_of(record.value);
        const auto key = std::get<protocol::ContentReference>(envelope.frames.front().content).key;
        EXPECT_THAT(std::string(key),
                    ::testing::MatchesRegex("savant:frames:" + uuid_of(1) + ":[0-9a-f]{16}"));
        found.push_back(store.contents.at(std::string(key)));
    }
    EXPECT_THAT(found, ::testing::ElementsAre("AAAA", "BB", "AAAA"));
}

TEST_F(ReferenceAfterStore, ASavantUuidThatComesWithOtherBytesIsCounted) {
    receiver.push("c", frame_message("c", 1), {"AAAA"});
    receiver.push("c", frame_message("c", 1), {"AA", "AA"});
    receiver.push("d", frame_message("d", 1), {"BB"});

    run();

    EXPECT_EQ(metrics.uuids_reused.Value(), 1);
}

TEST_F(ReferenceAfterStore, MessagesWithoutBytesPassAsTheyCame) {
    const std::vector<std::string> messages = {
        frame_message("cam", 1, protocol::NoContent{}),
        frame_message("cam", 2, protocol::ForeignContent{"s3", "s3://bucket/key"}),
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
