#include <gtest/gtest.h>

#include <sstream>

#include "framebridge/protocol/messages.h"
#include "support/golden.h"

namespace framebridge::protocol {
namespace {

// The bytes of the block of hexadecimal digits in proto/README.md, comments left out.
std::string example() {
    std::istringstream text(read_file(std::filesystem::path(FRAMEBRIDGE_PROTO_DIR) / "README.md"));
    std::string message;
    bool in_block = false;
    for (std::string line; std::getline(text, line);) {
        if (line.rfind("```", 0) == 0) {
            in_block = line == "```hex";
        } else if (in_block) {
            std::istringstream bytes(line.substr(0, line.find('#')));
            for (std::string byte; bytes >> byte;) {
                message += static_cast<char>(std::stoi(byte, nullptr, 16));
            }
        }
    }
    return message;
}

TEST(Specification, ItsExampleIsWhatIsWritten) {
    VideoFrame frame;
    frame.source_id = "cam-1";
    frame.uuid = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    frame.sequence_number = 7;
    frame.creation_time_ns = 1'700'000'000'000'000'000;
    frame.framerate = "30000/1001";
    frame.width = 1920;
    frame.height = 1080;
    frame.codec = "h264";
    frame.keyframe = true;
    frame.time_base = {1, 90'000};
    frame.pts = 90'000;
    frame.dts = -3003;
    frame.duration = 3003;
    frame.content = ContentReference{"redis:6379:0", "frames:5f", 2048,
                                     "b5bb9d8014a0f9b1d61e21e796d78dccdf1323cd2b2e35bc4b4f6a8eae0ce1ea"};
    frame.attributes = {{"place", "lobby"}};
    EXPECT_EQ(example(), encode(Format::native, frame));
}

TEST(Specification, ItsExampleIsRead) {
    const std::string message = example();
    Envelope envelope;
    const auto decoded = decode(FormatChoice::automatic, message, envelope);
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(envelope.kind, MessageKind::video_frame);
    const auto& reference = std::get<ContentReference>(envelope.frames.at(0).content);
    EXPECT_EQ(reference.store, "redis:6379:0");
    EXPECT_EQ(reference.size, 2048U);
    const VideoFrame frame = decode_video_frame(envelope).value();
    EXPECT_EQ(frame.dts, -3003);
    EXPECT_EQ(frame.attributes.at("place"), "lobby");
}

// Messages that another msgpack library wrote, named by their kinds.
TEST(Specification, ForeignClientsAreUnderstood) {
    const std::filesystem::path folder = std::filesystem::path(FRAMEBRIDGE_GOLDEN_DIR) / "native";
    std::size_t number = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const std::string message = read_file(file.path());
        const std::string name = file.path().filename();
        Envelope envelope;
        const auto decoded = decode(FormatChoice::automatic, message, envelope);
        ASSERT_TRUE(decoded) << name << ": " << decoded.error().to_string();
        EXPECT_EQ(envelope.format, Format::native);
        EXPECT_EQ(name.rfind(to_string(envelope.kind), 0), 0U) << name;
        EXPECT_EQ(envelope.frames.size(), name == "video_frame_batch.bin"             ? 2U
                                          : envelope.kind == MessageKind::video_frame ? 1U
                                                                                      : 0U);
        ++number;
    }
    EXPECT_EQ(number, 12U);
}

TEST(Specification, MetadataThatIsNoTextIsPassedOver) {
    const std::string message = golden_message("native/video_frame_rich.bin");
    Envelope envelope;
    ASSERT_TRUE(decode(FormatChoice::automatic, message, envelope));
    const VideoFrame frame = decode_video_frame(envelope).value();
    EXPECT_EQ(frame.attributes, (std::map<std::string, std::string>{{"title", "lobby"}}));
    EXPECT_EQ(frame.trace_context.count("traceparent"), 1U);
    EXPECT_EQ(frame.codec_extradata, std::string("\x01\x64\x00", 3));
    EXPECT_EQ(frame.time_base, (TimeBase{1, 90'000}));
    EXPECT_EQ(frame.dts, -3003);
}

}  // namespace
}  // namespace framebridge::protocol
