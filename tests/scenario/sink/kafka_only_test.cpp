#include "scenario/sink/sink_scenario.h"

// writer -> [message, part, part] -> sink (no store) -> Kafka: one message with the bytes inside
namespace framebridge::sink::testing {

class KafkaOnly : public SinkScenario {
  protected:
    KafkaOnly() { with_store = false; }
};

TEST_F(KafkaOnly, FramesTravelInsideTheMessage) {
    for (const auto format : {protocol::Format::savant, protocol::Format::native}) {
        receiver.push("cam", frame_message("cam", 1, protocol::AttachedContent{}, true, format),
                      {"first ", "second"});
    }
    const auto inside = frame_message("cam", 2, protocol::InlineContent{"inside"});
    receiver.push("cam", inside);

    run();

    ASSERT_EQ(producer.delivered.size(), 3U);

    EXPECT_EQ(store.put_count, 0U);
    for (std::size_t index = 0; index < 2; ++index) {
        const auto envelope = envelope_of(producer.delivered[index].value);
        EXPECT_EQ(std::get<protocol::InlineContent>(envelope.frames.front().content).bytes, "first second");
    }
    EXPECT_EQ(producer.delivered[0].headers.at("framebridge-format"), "savant");
    EXPECT_EQ(producer.delivered[1].headers.at("framebridge-format"), "native");
    EXPECT_EQ(producer.delivered[2].value, inside);
}

}  // namespace framebridge::sink::testing
