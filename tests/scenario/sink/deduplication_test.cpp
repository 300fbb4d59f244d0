#include "scenario/sink/sink_scenario.h"

// two sources send the same bytes -> sink --deduplicate -> stored under one key, two messages in Kafka
namespace framebridge::testing {

class Deduplication : public SinkScenario {
  protected:
    Deduplication() { config.content.deduplicate = true; }
};

TEST_F(Deduplication, TheSameBytesHaveOneKeyAndEveryMessageIsDelivered) {
    receiver.push("a", frame_message("a", 1), {"same ", "bytes"});
    receiver.push("b", frame_message("b", 2), {"same bytes"});
    receiver.push("b", frame_message("b", 3), {"others"});

    run([&] { return producer.delivered.size() == 3; });

    EXPECT_EQ(store.contents.size(), 2U);
    const auto first = envelope_of(producer.delivered[0].value);
    const auto second = envelope_of(producer.delivered[1].value);
    const auto key = std::get<ContentReference>(first.frames.front().content).key;
    EXPECT_EQ(key, std::get<ContentReference>(second.frames.front().content).key);
    ContentHash sha256(HashAlgorithm::sha256);
    const std::string_view whole[] = {"same bytes"};
    EXPECT_EQ(key, "savant:frames:" + sha256(whole));
}

}  // namespace framebridge::testing
