#include "kafka_redis_sink/frame_keys.h"

#include <gtest/gtest.h>

namespace framebridge::sink {
namespace {

FrameContent content_of(std::vector<std::string_view> parts) {
    FrameContent frame;
    frame.parts = std::move(parts);
    return frame;
}

std::string uuid_number(std::uint64_t number) {
    auto digits = std::to_string(number);
    return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

TEST(FrameKeys, AUuidsTextHasOneForm) {
    EXPECT_EQ(parse_uuid("00112233-4455-6677-8899-AaBbCcDdEeFf"),
              (Uuid{0x0011223344556677, 0x8899AABBCCDDEEFF}));
    for (const auto* text :
         {"", "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeef",
          "00112233-4455-6677-8899-aabbccddeeff0", "00112233-4455-6677-8899-aabbccddeefg",
          "00112233-4455-6677-88990aabbccddeeff", "{0112233-4455-6677-8899-aabbccddeef}"}) {
        EXPECT_FALSE(parse_uuid(text)) << text;
    }
}

TEST(FrameKeys, AHashOfPartsIsThatOfTheWhole) {
    EXPECT_EQ(xxh3_64({"first ", "second"}), xxh3_64({"first second"}));
    EXPECT_EQ(xxh3_64({""}), 0x2D06800538D394C2U);  // XXH3-64's value for nothing.
}

TEST(FrameKeys, SayWhatTheyAreMadeOf) {
    StoreContentConfig config;
    config.key_prefix = "frames";
    const auto uuid = uuid_number(1);
    auto frame = content_of({"bytes"});
    FrameKeys plain(config);
    plain.name(protocol::Format::savant, uuid, frame);
    EXPECT_EQ(frame.key, "frames:" + uuid);
    plain.name(protocol::Format::native, uuid, frame);
    EXPECT_EQ(frame.key.size(), ("frames:" + uuid + ":").size() + 16);
    EXPECT_TRUE(frame.hash.empty());

    config.deduplicate = true;
    FrameKeys(config).name(protocol::Format::native, uuid, frame);
    EXPECT_EQ(frame.key, "frames:sha256:" + frame.hash);
    EXPECT_EQ(frame.hash.size(), 64U);
    config.hash = store::HashAlgorithm::xxh3_128;
    FrameKeys(config).name(protocol::Format::savant, uuid, frame);
    EXPECT_EQ(frame.key, "frames:xxh3:" + frame.hash);
    EXPECT_EQ(frame.hash.size(), 32U);
}

TEST(RecentUuids, RemembersTheLastOnes) {
    RecentUuids recent;
    const auto note = [&](std::uint64_t uuid, std::uint64_t hash) { return recent.note({uuid, 0}, hash); };
    EXPECT_EQ(note(1, 7), RecentUuids::Content::unknown);
    EXPECT_EQ(note(1, 7), RecentUuids::Content::same);
    EXPECT_EQ(note(1, 8), RecentUuids::Content::other);
    EXPECT_EQ(note(1, 8), RecentUuids::Content::same);
    for (std::uint64_t uuid = 2; uuid <= RecentUuids::capacity; ++uuid) {
        note(uuid, 0);
    }
    EXPECT_EQ(note(1, 8), RecentUuids::Content::same);
    EXPECT_EQ(note(RecentUuids::capacity + 1, 0), RecentUuids::Content::unknown);
    EXPECT_EQ(note(1, 9), RecentUuids::Content::unknown);
}

}  // namespace
}  // namespace framebridge::sink
