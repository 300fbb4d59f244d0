#include "framebridge/protocol/messages.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

namespace framebridge::protocol {
namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();

VideoFrame full_frame() {
    VideoFrame frame;
    frame.source_id = "камера/1";
    frame.uuid = make_uuid();
    frame.sequence_number = std::numeric_limits<std::uint64_t>::max();
    frame.creation_time_ns = 1'795'406'363'534'675'874;
    frame.framerate = "30000/1001";
    frame.width = 1920;
    frame.height = 1080;
    frame.codec = "h264";
    frame.keyframe = false;
    frame.time_base = {1001, 30'000};
    frame.pts = -5;
    frame.dts = lowest;
    frame.duration = 3003;
    frame.codec_extradata = std::string("\0\1\xff", 3);
    frame.attributes = {{"title", "Ünï"}, {"empty", ""}};
    frame.trace_context = {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
    return frame;
}

void expect_same(const VideoFrame& actual, const VideoFrame& expected) {
    EXPECT_EQ(actual.source_id, expected.source_id);
    EXPECT_EQ(actual.uuid, expected.uuid);
    EXPECT_EQ(actual.sequence_number, expected.sequence_number);
    EXPECT_EQ(actual.creation_time_ns, expected.creation_time_ns);
    EXPECT_EQ(actual.framerate, expected.framerate);
    EXPECT_EQ(actual.width, expected.width);
    EXPECT_EQ(actual.height, expected.height);
    EXPECT_EQ(actual.codec, expected.codec);
    EXPECT_EQ(actual.keyframe, expected.keyframe);
    EXPECT_EQ(actual.time_base, expected.time_base);
    EXPECT_EQ(actual.pts, expected.pts);
    EXPECT_EQ(actual.dts, expected.dts);
    EXPECT_EQ(actual.duration, expected.duration);
    EXPECT_EQ(actual.codec_extradata, expected.codec_extradata);
    EXPECT_EQ(actual.attributes, expected.attributes);
    EXPECT_EQ(actual.trace_context, expected.trace_context);
    EXPECT_EQ(actual.content.index(), expected.content.index());
}

class Messages : public testing::TestWithParam<Format> {
  protected:
    Envelope decoded(const std::string& message) {
        Envelope envelope;
        const auto decoded = decode(FormatChoice::automatic, message, envelope);
        EXPECT_TRUE(decoded) << decoded.error().to_string();
        EXPECT_EQ(envelope.format, GetParam());
        return envelope;
    }
};

TEST_P(Messages, AFullFrameComesBack) {
    const VideoFrame frame = full_frame();
    const std::string message = encode(GetParam(), frame);
    const Envelope envelope = decoded(message);
    EXPECT_EQ(envelope.kind, MessageKind::video_frame);
    EXPECT_EQ(envelope.source_id, frame.source_id);
    EXPECT_EQ(envelope.frames.at(0).uuid, frame.uuid);
    EXPECT_EQ(envelope.frames.at(0).keyframe, false);
    EXPECT_EQ(envelope.frames.at(0).creation_time_ns, frame.creation_time_ns);
    EXPECT_EQ(envelope.trace_parent, frame.trace_context.at("traceparent"));
    expect_same(decode_video_frame(envelope).value(), frame);
}

TEST_P(Messages, AFrameOfOnlyWhatIsRequiredComesBack) {
    VideoFrame frame;
    frame.source_id = "cam";
    frame.uuid = make_uuid();
    const std::string message = encode(GetParam(), frame);
    EXPECT_EQ(decoded(message).frames.at(0).creation_time_ns, 0);
    EXPECT_EQ(decoded(message).trace_parent, "");
    expect_same(decode_video_frame(decoded(message)).value(), frame);
}

TEST_P(Messages, EveryContentComesBack) {
    VideoFrame frame = full_frame();
    const auto content_of = [this](const std::string& message) {
        return decoded(message).frames.at(0).content;
    };

    frame.content = InlineContent{"bytes"};
    const std::string inlined = encode(GetParam(), frame);
    EXPECT_EQ(std::get<InlineContent>(content_of(inlined)).bytes, "bytes");
    frame.content = AttachedContent{};
    EXPECT_TRUE(std::holds_alternative<AttachedContent>(content_of(encode(GetParam(), frame))));
    frame.content = ContentReference{"h:1:0", "a/b", 7, "0a"};
    const std::string stored = encode(GetParam(), frame);
    const Content reference = content_of(stored);
    EXPECT_EQ(std::get<ContentReference>(reference).store, "h:1:0");
    EXPECT_EQ(std::get<ContentReference>(reference).key, "a/b");
    frame.content = ForeignContent{"s3", "s3://bucket/key"};
    const std::string foreign = encode(GetParam(), frame);
    const Content elsewhere = content_of(foreign);
    EXPECT_EQ(std::get<ForeignContent>(elsewhere).method, "s3");
    EXPECT_EQ(std::get<ForeignContent>(elsewhere).location, "s3://bucket/key");
}

TEST_P(Messages, EndOfStreamAndUserDataNameTheirSource) {
    const std::string end = encode(GetParam(), EndOfStream{"cam", 3});
    EXPECT_EQ(decoded(end).kind, MessageKind::end_of_stream);
    EXPECT_EQ(decoded(end).source_id, "cam");
    const std::string user_data = encode(GetParam(), UserData{"cam", 4, {{"name", "value"}}});
    EXPECT_EQ(decoded(user_data).kind, MessageKind::user_data);
    EXPECT_EQ(decoded(user_data).source_id, "cam");
    EXPECT_THAT(user_data, testing::HasSubstr("value"));
}

TEST_P(Messages, ATimeBaseThatCannotBeIsRefused) {
    for (const TimeBase time_base : {TimeBase{1, 0}, TimeBase{0, 25}, TimeBase{-1, 25}}) {
        VideoFrame frame = full_frame();
        frame.time_base = time_base;
        const std::string message = encode(GetParam(), frame);
        const auto read = decode_video_frame(decoded(message));
        ASSERT_FALSE(read);
        EXPECT_THAT(read.error().reason, testing::HasSubstr("time base"));
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, Messages, testing::Values(Format::native, Format::savant),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST(Messages, SavantsCarryTheVersionThatIsAskedFor) {
    EXPECT_EQ(encode(Format::savant, EndOfStream{"cam", 1}, "1.15.1").substr(0, 8),
              "\x0a\x06"
              "1.15.1");
    EXPECT_EQ(encode(Format::savant, EndOfStream{"cam", 1}).substr(0, 7),
              "\x0a\x05"
              "0.2.0");
}

TEST(Messages, UuidsAreOfVersion4AndDiffer) {
    std::set<std::string> uuids;
    for (int i = 0; i < 100; ++i) {
        const std::string uuid = make_uuid();
        EXPECT_THAT(uuid, testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
        EXPECT_EQ(uuid.size(), 36U);
        uuids.insert(uuid);
    }
    EXPECT_EQ(uuids.size(), 100U);
}

}  // namespace
}  // namespace framebridge::protocol
