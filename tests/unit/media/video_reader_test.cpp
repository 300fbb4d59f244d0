#include "media/video_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "media/video_writer.h"
#include "media_support/clips.h"

namespace framebridge::media {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* h264 = "-c:v libx264 -preset veryfast -bf 2 -g 10 -pix_fmt yuv420p";

std::string with_audio(const char* encoding) {
    return "-f lavfi -i sine=duration=1 -map 0:v -map 1:a -c:a aac " + std::string(encoding);
}

TEST(VideoReader, DescribesTheStreamAndNamesWhatItPassesOver) {
    const test::TemporaryFolder folder;
    test::make_clip(folder / "clip.mp4", with_audio(h264) + " -video_track_timescale 90000", "24000/1001",
                    "1");
    const VideoReader reader(folder / "clip.mp4");
    EXPECT_EQ(
        reader.stream(),
        (VideoStream{"h264", 192, 108, {1, 90000}, "24000/1001", "", {{"sample_aspect_ratio", "1/1"}}}));
    EXPECT_THAT(reader.skipped(), ElementsAre("audio (aac)"));
}

/// Every keyframe can be decoded on its own: a recipient may join anywhere.
TEST(VideoReader, KeyframesCarryTheirParameterSets) {
    const test::TemporaryFolder folder;
    for (const std::string name : {"clip.mp4", "clip.mkv", "clip.ts"}) {
        test::make_clip(folder / name, std::string(h264) + " -bsf:v filter_units=remove_types=6", "25", "1");
        VideoReader reader(folder / name);
        int keyframes = 0;
        while (const auto packet = reader.read()) {
            EXPECT_EQ(packet->bytes.substr(0, 3), std::string_view("\0\0\0", 3)) << name;
            if (!packet->keyframe) {
                continue;
            }
            ++keyframes;
            EXPECT_NE(packet->bytes.find(std::string_view("\0\0\1\x67", 4)), std::string_view::npos) << name;
            EXPECT_NE(packet->bytes.find(std::string_view("\0\0\1\x68", 4)), std::string_view::npos) << name;
        }
        EXPECT_EQ(keyframes, 3) << name;
    }
}

TEST(VideoReader, NamesTheFileThatIsNoVideo) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "notes.txt") << std::string(5000, '#');
    EXPECT_THAT([&] { const VideoReader reader(folder / "notes.txt"); },
                ThrowsMessage<MediaError>(HasSubstr("notes.txt")));
    EXPECT_THAT([&] { const VideoReader reader(folder / "missing.mp4"); },
                ThrowsMessage<MediaError>(HasSubstr("No such file")));
    test::run("ffmpeg -nostdin -v error -f lavfi -i sine=duration=1 " + (folder / "sound.m4a").string());
    EXPECT_THAT([&] { const VideoReader reader(folder / "sound.m4a"); },
                ThrowsMessage<MediaError>(HasSubstr("no video stream")));
}

TEST(VideoWriter, RefusesACodecThatTheContainerCannotHold) {
    const VideoStream stream{"vp9", 64, 64, {1, 1000}, "25/1", "", {}};
    EXPECT_THAT(
        [&] { const VideoWriter writer(-1, "clip.ts", {.container = Container::ts}, stream, "frame"); },
        ThrowsMessage<MediaError>(HasSubstr("--container")));
    const VideoStream unknown{"no-such-codec", 64, 64, {1, 1000}, "25/1", "", {}};
    EXPECT_THAT(
        [&] { const VideoWriter writer(-1, "clip.mkv", {.container = Container::mkv}, unknown, "frame"); },
        ThrowsMessage<MediaError>(HasSubstr("no-such-codec")));
}

TEST(RescaleUp, IsNeverBefore) {
    EXPECT_EQ(rescale_up(1001, {1, 30000}, {1, 1000}), 34);
    EXPECT_EQ(rescale_up(-1001, {1, 30000}, {1, 1000}), -33);
    EXPECT_EQ(rescale_up(2, {1, 25}, {1, 90000}), 7200);
}

}  // namespace
}  // namespace framebridge::media
