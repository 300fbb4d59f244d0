#include "scenario/sink/sink_scenario.h"

// two sources send the same bytes -> sink --deduplicate -> stored under one key, two messages in Kafka
namespace framebridge::sink::testing {

class Deduplication : public SinkScenario {
  protected:
    Deduplication() { config.content.deduplicate = true; }
};

TEST_F(Deduplication, TheSameBytesHaveOneKeyAndEveryMessageIsDelivered) {
    receiver.push("a", frame_message("a", 1), {"same ", "bytes"});
    receiver.push("b", frame_message("b", 2), {"same bytes"});
    receiver.push("b", frame_message("b", 3), {"others"});

    run();

    EXPECT_EQ(store.contents.size(), 2U);
    const auto first = envelope_of(producer.delivered[0].value);
    const auto second = envelope_of(producer.delivered[1].value);
    const auto key = std::get<protocol::ContentReference>(first.frames.front().content).key;
    EXPECT_EQ(key, std::get<protocol::ContentReference>(second.frames.front().content).key);
    store::ContentHash sha256(store::HashAlgorithm::sha256);
    const std::string_view whole[] = {"same bytes"};
    EXPECT_EQ(key, "savant:frames:sha256:" + sha256(whole));
}

// Large enough for the sink to know them again without their SHA-256.
TEST_F(Deduplication, ContentsThatComeAgainAndAgainKeepTheirKeys) {
    const std::string one(50'000, 'x');
    std::string other = one;
    other[100] = 'y';
    for (int number = 0; number < 10; number += 2) {
        receiver.push("a", frame_message("a", number), {one.substr(0, 30'000), one.substr(30'000)});
        receiver.push("b", frame_message("b", number + 1), {other});
    }

    run();

    EXPECT_EQ(store.contents.size(), 2U);
    store::ContentHash sha256(store::HashAlgorithm::sha256);
    for (const auto& record : producer.delivered) {
        const auto envelope = envelope_of(record.value);
        const auto& content = envelope.source_id == "a" ? one : other;
        const std::string_view whole[] = {content};
        const auto key = std::get<protocol::ContentReference>(envelope.frames.front().content).key;
        EXPECT_EQ(key, "savant:frames:sha256:" + sha256(whole));
        EXPECT_EQ(store.contents[std::string(key)], content);
    }
}

}  // namespace framebridge::sink::testing
