#include "scenario/sink/sink_scenario.h"

// writer -> [message, parts that no frame of it is attached by] -> sink
namespace framebridge::sink::testing {

class ExtraParts : public SinkScenario {
  protected:
    ExtraParts() { config.dead_letter_topic = "dead"; }

    std::string reason() {
        return producer.delivered.size() == 1 && producer.delivered[0].topic == "dead"
                   ? producer.delivered[0].headers.at("framebridge-reason")
                   : "";
    }
};

TEST_F(ExtraParts, AnAttachedFrameWithoutItsPartIsRefused) {
    receiver.push("cam", frame_message("cam", 1));
    run();
    EXPECT_THAT(reason(), ::testing::HasSubstr("1 `attached` frame, but 0 parts came"));
    EXPECT_EQ(metrics.attachments_missing.Value(), 1);
}

// savant_rs's Python writer adds one to each message without content.
TEST_F(ExtraParts, AnEmptyOneIsIgnored) {
    for (const auto format : {protocol::Format::savant, protocol::Format::native}) {
        receiver.push("cam", frame_message("cam", 1, protocol::NoContent{}, true, format), {""});
        receiver.push("cam", end_of_stream_message("cam", format), {""});
    }

    const auto report = run();

    EXPECT_EQ(report.delivered, 4U);
    EXPECT_EQ(metrics.attachments_left.Value(), 0);
}

TEST_F(ExtraParts, OfSavantsMessagesAreIgnoredAndCounted) {
    const auto message = frame_message("cam", 1, protocol::InlineContent{"inside"});
    receiver.push("cam", message, {"what is this?"});

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(store.contents.begin()->second, "inside");
    EXPECT_EQ(metrics.attachments_left.Value(), 1);
}

TEST_F(ExtraParts, OfKnownNativeMessagesAreRefused) {
    receiver.push("cam", end_of_stream_message("cam", protocol::Format::native), {"what is this?"});
    run();
    EXPECT_THAT(reason(), ::testing::HasSubstr(
                              "0 `attached` frames, but 1 part came behind it: no frame claims the last 1"));
}

TEST_F(ExtraParts, OfAKindThatIsNotKnownTravelWithTheRecordInOrder) {
    const auto message = native_message("point_cloud", {{"source_id", "cam"}});
    receiver.push("cam", message, {"first", "second"});

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(producer.delivered[0].value, message);
    EXPECT_THAT(producer.delivered[0].parts, ::testing::ElementsAre("first", "second"));
}

TEST_F(ExtraParts, OfAContentThatIsNotKnownTravelWithTheRecord) {
    receiver.push("cam",
                  native_message(
                      "video_frame",
                      {{"source_id", "cam"}, {"uuid", uuid_of(1)}, {"content", {{"kind", "shared_memory"}}}}),
                  {"handle"});
    run();
    EXPECT_THAT(producer.delivered.at(0).parts, ::testing::ElementsAre("handle"));
}

}  // namespace framebridge::sink::testing
