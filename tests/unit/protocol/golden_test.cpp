#include "support/golden.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>

#include "framebridge/protocol/envelope.h"
#include "framebridge/protocol/messages.h"
#include "wire.h"

namespace framebridge::protocol {
namespace {

constexpr int video_frame = 5;
constexpr int internal = 17;
constexpr int external = 18;
const std::string location = "localhost:6379:0/savant:frames:abc";

Envelope decoded(const std::string& message, FormatChoice choice = FormatChoice::automatic) {
    Envelope envelope;
    const auto decoded = decode(choice, message, envelope);
    EXPECT_TRUE(decoded) << decoded.error().to_string();
    return envelope;
}

std::string text(const nlohmann::json& manifest, const char* key) {
    return manifest.at(key).get<std::string>();
}

void expect_content(const Content& content, const nlohmann::json& manifest) {
    if (text(manifest, "content") == "none") {
        EXPECT_TRUE(std::holds_alternative<NoContent>(content));
    } else if (text(manifest, "content") == "internal") {
        ASSERT_TRUE(std::holds_alternative<InlineContent>(content));
        EXPECT_EQ(std::get<InlineContent>(content).bytes.size(), manifest.at("content_bytes"));
    } else if (text(manifest, "method") == "zeromq") {
        EXPECT_TRUE(std::holds_alternative<AttachedContent>(content));
    } else if (text(manifest, "method") == "redis") {
        ASSERT_TRUE(std::holds_alternative<ContentReference>(content));
        const auto& reference = std::get<ContentReference>(content);
        EXPECT_EQ(std::string(reference.store) + '/' + std::string(reference.key),
                  text(manifest, "location"));
    } else {
        ASSERT_TRUE(std::holds_alternative<ForeignContent>(content));
        EXPECT_EQ(std::get<ForeignContent>(content).method, text(manifest, "method"));
        EXPECT_EQ(std::get<ForeignContent>(content).location, text(manifest, "location"));
    }
}

template <class T>
std::optional<T> optional(const nlohmann::json& value) {
    return value.is_null() ? std::nullopt : std::optional(value.get<T>());
}

class GoldenMessage : public testing::TestWithParam<Golden> {};
class GoldenFrame : public GoldenMessage {};

TEST_P(GoldenMessage, IsWhatItsManifestSays) {
    const auto& [name, manifest, message] = GetParam();
    const Envelope envelope = decoded(message);
    EXPECT_EQ(envelope.format, Format::savant);
    EXPECT_EQ(to_string(envelope.kind), text(manifest, "kind"));
    EXPECT_EQ(envelope.source_id, manifest.value("source_id", ""));
    EXPECT_EQ(envelope.shutdown_auth, manifest.value("auth", ""));
    if (envelope.kind == MessageKind::video_frame) {
        ASSERT_EQ(envelope.frames.size(), 1U);
        EXPECT_EQ(envelope.frames[0].source_id, text(manifest, "source_id"));
        EXPECT_EQ(envelope.frames[0].uuid, text(manifest, "uuid"));
        EXPECT_EQ(envelope.frames[0].keyframe, optional<bool>(manifest.at("keyframe")));
        expect_content(envelope.frames[0].content, manifest);
    } else if (envelope.kind == MessageKind::video_frame_batch) {
        ASSERT_EQ(envelope.frames.size(), manifest.at("frames").size());
        std::int64_t previous = -1;
        for (const Frame& frame : envelope.frames) {
            EXPECT_GT(frame.batch_id, previous);
            previous = frame.batch_id;
            const auto& expected = manifest.at("frames").at(std::to_string(frame.batch_id));
            EXPECT_EQ(frame.source_id, text(expected, "source_id"));
            expect_content(frame.content, expected);
        }
    } else {
        EXPECT_TRUE(envelope.frames.empty());
    }
}

TEST_P(GoldenMessage, IsReadAsAWholeFrame) {
    const auto& [name, manifest, message] = GetParam();
    const Envelope envelope = decoded(message);
    const auto read = decode_video_frame(envelope);
    if (envelope.kind != MessageKind::video_frame) {
        ASSERT_FALSE(read);
        EXPECT_THAT(read.error().reason, testing::HasSubstr("not a video_frame"));
        return;
    }
    ASSERT_TRUE(read) << read.error().to_string();
    const VideoFrame& frame = *read;
    EXPECT_EQ(frame.source_id, text(manifest, "source_id"));
    EXPECT_EQ(frame.uuid, text(manifest, "uuid"));
    EXPECT_EQ(frame.framerate, text(manifest, "framerate"));
    EXPECT_EQ(frame.width, manifest.at("width"));
    EXPECT_EQ(frame.height, manifest.at("height"));
    EXPECT_EQ(frame.codec, optional<std::string>(manifest.at("codec")));
    EXPECT_EQ(frame.keyframe, optional<bool>(manifest.at("keyframe")));
    EXPECT_EQ(frame.time_base.numerator, manifest.at("time_base").at(0));
    EXPECT_EQ(frame.time_base.denominator, manifest.at("time_base").at(1));
    EXPECT_EQ(frame.pts, manifest.at("pts"));
    EXPECT_EQ(frame.dts, optional<std::int64_t>(manifest.at("dts")));
    EXPECT_EQ(frame.duration, optional<std::int64_t>(manifest.at("duration")));
    EXPECT_GT(frame.creation_time_ns, 0);
    EXPECT_TRUE(frame.attributes.empty());  // there are some, but of another namespace
    expect_content(frame.content, manifest);
}

TEST_P(GoldenFrame, LeavesOnlyWithAnotherContent) {
    const std::string& message = GetParam().message;
    const Envelope envelope = decoded(message);
    Fields expected = parse_fields(message);
    ASSERT_EQ(serialize(expected), message)
        << "the comparison's own way through protobuf changes the message";
    std::string* frame = bytes_of(expected, video_frame);
    const std::string original_frame = *frame;
    std::string out;

    const std::vector<std::optional<Content>> reference{
        ContentReference{"localhost:6379:0", "savant:frames:abc", 3, "0a"}};
    rewrite(envelope, reference, out);
    *frame = replace_content(original_frame, external, external_frame("redis", &location));
    EXPECT_EQ(out, serialize(expected));

    const std::string bytes(100'000, 'b');
    rewrite(envelope, std::vector<std::optional<Content>>{InlineContent{bytes}}, out);
    *frame = replace_content(original_frame, internal, bytes);
    EXPECT_EQ(out, serialize(expected));
}

TEST_P(GoldenMessage, ComesBackByteForByte) {
    const std::string& message = GetParam().message;
    const Envelope envelope = decoded(message);
    std::string stored;
    rewrite(
        envelope,
        std::vector<std::optional<Content>>(envelope.frames.size(), ContentReference{"h:1:0", "key", {}, {}}),
        stored);
    std::vector<std::optional<Content>> original;
    for (const Frame& frame : envelope.frames) {
        original.emplace_back(frame.content);
    }
    std::string restored;
    rewrite(decoded(stored), original, restored);
    EXPECT_EQ(restored, message);
    EXPECT_EQ(stored != message, !envelope.frames.empty());
}

std::vector<Golden> golden_frames() {
    std::vector<Golden> frames = golden_messages();
    std::erase_if(frames,
                  [](const Golden& golden) { return text(golden.manifest, "kind") != "video_frame"; });
    return frames;
}

std::string test_name(const testing::TestParamInfo<Golden>& info) {
    std::string name = info.param.name.substr(0, info.param.name.rfind('.'));
    std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(SavantRs, GoldenMessage, testing::ValuesIn(golden_messages()), test_name);
INSTANTIATE_TEST_SUITE_P(SavantRs, GoldenFrame, testing::ValuesIn(golden_frames()), test_name);

}  // namespace
}  // namespace framebridge::protocol
