// What VideoReader reads and VideoWriter writes is the same video: every packet's times and flags as ffprobe
// shows them, and every decoded picture.

#include <gtest/gtest.h>

#include <ostream>

#include "media/video_reader.h"
#include "media/video_writer.h"
#include "media_support/clips.h"
#include "media_support/files.h"

namespace framebridge::media {
namespace {

using test::make_clip;
using test::picture_hashes;
using test::probe_packets;
using test::probe_stream;

void remux(const std::filesystem::path& input, const std::filesystem::path& output, Container container) {
    VideoReader reader(input);
    auto packet = reader.read();
    ASSERT_TRUE(packet);
    test::write_file(output, container, reader.stream(), packet->bytes, [&](VideoWriter& writer) {
        for (; packet; packet = reader.read()) {
            writer.write(*packet);
        }
    });
}

struct Clip {
    const char* name;
    const char* encoding;
    const char* rate;
    const char* extension;
    Container container;
};

std::ostream& operator<<(std::ostream& out, const Clip& clip) {
    return out << clip.name;
}

class SameContainer : public testing::TestWithParam<Clip> {};

TEST_P(SameContainer, PacketsAndPicturesAreEqual) {
    const auto& clip = GetParam();
    const test::TemporaryFolder folder;
    const auto input = folder / ("input." + std::string(clip.extension));
    const auto output = folder / ("output." + std::string(clip.extension));
    make_clip(input, clip.encoding, clip.rate);
    remux(input, output, clip.container);

    EXPECT_EQ(probe_stream(input, "codec_name,profile,width,height,time_base"),
              probe_stream(output, "codec_name,profile,width,height,time_base"));
    EXPECT_GT(probe_packets(input).size(), 20U);
    EXPECT_EQ(probe_packets(input), probe_packets(output));
    EXPECT_EQ(picture_hashes(input), picture_hashes(output));
}

constexpr const char* h264_b = "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p";

INSTANTIATE_TEST_SUITE_P(
    Clips, SameContainer,
    testing::Values(
        Clip{"H264BFramesMp4", "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p", "30000/1001",
             "mp4", Container::mp4},
        Clip{"H264OpenGopMp4",
             "-c:v libx264 -preset veryfast -bf 3 -g 20 -x264-params open-gop=1 -pix_fmt yuv420p", "25",
             "mp4", Container::mp4},
        Clip{"H264DelimitersMp4",
             "-c:v libx264 -preset veryfast -bf 2 -g 20 -x264-params aud=1 -pix_fmt yuv420p", "25", "mp4",
             Container::mp4},
        Clip{"H264NinetyKilohertzMp4",
             "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p -video_track_timescale 90000",
             "24000/1001", "mp4", Container::mp4},
        Clip{"H264LateStartMp4",
             "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p -output_ts_offset 1.2345",
             "30000/1001", "mp4", Container::mp4},
        Clip{"H264NoBFramesMov", "-c:v libx264 -preset veryfast -bf 0 -g 20 -pix_fmt yuv420p", "50", "mov",
             Container::mov},
        Clip{"H264BFramesMkv", "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p", "30000/1001",
             "mkv", Container::mkv},
        Clip{"H264BFramesTs", "-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p", "30000/1001",
             "ts", Container::ts},
        Clip{
            "HevcMp4",
            "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=20 -pix_fmt yuv420p",
            "30000/1001", "mp4", Container::mp4},
        Clip{
            "HevcMkv",
            "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=20 -pix_fmt yuv420p",
            "25", "mkv", Container::mkv},
        Clip{
            "HevcTs",
            "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=20 -pix_fmt yuv420p",
            "25", "ts", Container::ts},
        Clip{"MotionJpegMp4", "-c:v mjpeg -q:v 5", "30", "mp4", Container::mp4},
        Clip{"MotionJpegAvi", "-c:v mjpeg -q:v 5", "30000/1001", "avi", Container::avi},
        Clip{"Mpeg4Mp4", "-c:v mpeg4 -bf 2 -g 20", "30000/1001", "mp4", Container::mp4},
        Clip{"Mpeg4Mkv", "-c:v mpeg4 -bf 2 -g 20", "25", "mkv", Container::mkv},
        Clip{"Mpeg2Ts", "-c:v mpeg2video -bf 2 -g 20", "25", "ts", Container::ts},
        Clip{"Vp9Mp4", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20", "30000/1001", "mp4",
             Container::mp4},
        Clip{"Vp9Mkv", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20", "30", "mkv", Container::mkv},
        Clip{"Vp8Mkv", "-c:v libvpx -deadline realtime -cpu-used 8 -g 20", "30", "mkv", Container::mkv},
        Clip{"Av1Mp4", "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 20", "30000/1001", "mp4",
             Container::mp4},
        Clip{"Av1Mkv", "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 20", "30", "mkv", Container::mkv},
        Clip{"Ffv1Mkv", "-c:v ffv1", "25", "mkv", Container::mkv}),
    [](const auto& info) { return std::string(info.param.name); });

/// What only the container says about how pictures are shown: a phone's rotation, and pixels that are not
/// square.
TEST(Presentation, Stays) {
    const test::TemporaryFolder folder;
    test::make_clip(folder / "plain.mp4", "-c:v mpeg4 -vf setsar=4/3", "25", "1");
    const auto input = folder / "input.mp4";
    test::run("ffmpeg -nostdin -v error -display_rotation 90 -i '" + (folder / "plain.mp4").string() +
              "' -c copy '" + input.string() + "' 2>/dev/null || ffmpeg -nostdin -v error -y -i '" +
              (folder / "plain.mp4").string() + "' -c copy -metadata:s:v rotate=90 '" + input.string() + "'");
    remux(input, folder / "output.mp4", Container::mp4);
    for (const auto* field : {"stream_side_data=rotation", "stream=sample_aspect_ratio"}) {
        const auto probe = [&](const std::string& name) {
            return test::run("ffprobe -v error -select_streams v:0 -show_entries " + std::string(field) +
                             " -of csv=p=0 '" + (folder / name).string() + "'");
        };
        EXPECT_EQ(probe("input.mp4"), probe("output.mp4"));
        EXPECT_FALSE(probe("output.mp4").empty()) << field;
    }
    EXPECT_EQ(picture_hashes(input), picture_hashes(folder / "output.mp4"));
}

/// From one container into another the pictures and their order stay; the times as exactly as the other one
/// counts.
TEST(OtherContainer, PicturesStay) {
    const test::TemporaryFolder folder;
    const auto input = folder / "input.mp4";
    make_clip(input, h264_b);
    for (const auto container : {Container::mkv, Container::ts, Container::mov}) {
        const auto output = folder / ("output." + std::string(extension(container)));
        remux(input, output, container);
        EXPECT_EQ(probe_packets(input).size(), probe_packets(output).size()) << output;
        EXPECT_EQ(picture_hashes(input), picture_hashes(output)) << output;
    }
}

/// A raw byte stream has no times: they are made by its framerate and picture order.
TEST(RawStream, GetsTimesInDisplayOrder) {
    for (const std::string encoding : {"-c:v libx264 -preset veryfast -bf 3 -g 20 -pix_fmt yuv420p",
                                       "-c:v libx265 -preset ultrafast -x265-params "
                                       "log-level=none:bframes=3:keyint=20 -pix_fmt yuv420p"}) {
        const test::TemporaryFolder folder;
        const auto extension = encoding.find("265") != std::string::npos ? "hevc" : "h264";
        const auto with_times = folder / "with_times.mp4";
        const auto raw = folder / (std::string("raw.") + extension);
        const auto output = folder / "output.mp4";
        make_clip(with_times, encoding, "25");
        test::run("ffmpeg -nostdin -v error -i " + with_times.string() + " -c copy " + raw.string());
        remux(raw, output, Container::mp4);

        // In units of a frame, relative to the first packet.
        const auto displayed = [](const std::filesystem::path& path) {
            std::vector<std::int64_t> offsets;
            for (const auto& packet : probe_packets(path)) {
                offsets.push_back(std::stoll(packet.pts));
            }
            const auto frame = (*std::max_element(offsets.begin(), offsets.end()) -
                                *std::min_element(offsets.begin(), offsets.end())) /
                               static_cast<std::int64_t>(offsets.size() - 1);
            const auto first = offsets.front();
            for (auto& offset : offsets) {
                offset = (offset - first) / frame;
            }
            return offsets;
        };
        EXPECT_EQ(displayed(with_times), displayed(output)) << encoding;
        EXPECT_EQ(picture_hashes(with_times), picture_hashes(output)) << encoding;
    }
}

}  // namespace
}  // namespace framebridge::media
