// Files as cameras and recorders really make them, as video-file-source sends them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "media/video_reader.h"
#include "media_support/clips.h"
#include "media_support/files.h"

namespace framebridge::media {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

void ffmpeg(const std::string& arguments) {
    test::run("ffmpeg -nostdin -v error -y " + arguments);
}

const std::string small = "-f lavfi -i testsrc2=s=192x108:r=25:d=2 -pix_fmt yuv420p ";
const std::string large = "-f lavfi -i testsrc2=s=320x240:r=25:d=2 -pix_fmt yuv420p ";

class OddClips : public testing::Test {
  protected:
    [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::vector<std::pair<VideoPacket, VideoStream>> read(const std::string& name) {
        VideoReader reader(path(name));
        std::vector<std::pair<VideoPacket, VideoStream>> packets;
        while (auto packet = reader.read()) {
            packets.emplace_back(std::move(*packet), reader.stream());
        }
        return packets;
    }
    test::TemporaryFolder folder_;
};

TEST_F(OddClips, SizeFollowsTheBitstream) {
    ffmpeg(small + "-c:v libx264 -bf 0 " + path("a.ts"));
    ffmpeg(large + "-c:v libx264 -bf 0 -output_ts_offset 2 " + path("b.ts"));
    test::run("cat " + path("a.ts") + " " + path("b.ts") + " > " + path("c.ts"));
    const auto packets = read("c.ts");
    ASSERT_EQ(packets.size(), 100U);
    EXPECT_EQ(packets[49].second.width, 192);
    EXPECT_EQ(packets[50].second.width, 320);
    EXPECT_EQ(packets[50].second.height, 240);
}

TEST_F(OddClips, VideoGoesOnUnderAnotherPacketId) {
    ffmpeg(small + "-c:v libx264 -bf 0 " + path("a.ts"));
    ffmpeg("-i " + path("a.ts") + " -c copy -mpegts_start_pid 0x200 -output_ts_offset 2 " + path("b.ts"));
    test::run("cat " + path("a.ts") + " " + path("b.ts") + " > " + path("c.ts"));
    // libavformat gives the last packets of the first one only at the end of the file.
    EXPECT_GE(read("c.ts").size(), 98U);
}

TEST_F(OddClips, NewParameterSetsOutsideOfTheStreamAreFollowed) {
    ffmpeg(small + "-c:v libx264 -preset ultrafast " + path("a.flv"));
    ffmpeg(small + "-c:v libx264 -preset veryfast " + path("b.flv"));
    test::run("(cat " + path("a.flv") + "; tail -c +14 " + path("b.flv") + ") > " + path("c.flv"));
    const auto sets_of = [](std::string_view keyframe) {
        return std::string(keyframe.substr(0, keyframe.find(std::string_view("\0\0\1\x65", 4))));
    };
    const auto packets = read("c.flv");
    ASSERT_EQ(packets.size(), 100U);
    EXPECT_TRUE(packets[50].first.keyframe);
    EXPECT_NE(sets_of(packets[0].first.bytes), sets_of(packets[50].first.bytes));
}

/// A clip that was cut without encoding: what stands before the cut is needed, and not to be shown.
TEST_F(OddClips, FramesBeforeACutStayHidden) {
    ffmpeg(small + "-c:v libx264 -bf 2 -g 25 " + path("whole.mp4"));
    ffmpeg("-ss 0.5 -i " + path("whole.mp4") + " -c copy " + path("cut.mp4"));
    const auto packets = read("cut.mp4");
    const auto hidden =
        std::count_if(packets.begin(), packets.end(), [](const auto& packet) { return packet.first.hidden; });
    EXPECT_GT(hidden, 0);
    test::write_file(folder_ / "out.mp4", Container::mp4, packets.front().second, packets.front().first.bytes,
                     [&](VideoWriter& writer) {
                         for (const auto& [packet, stream] : packets) {
                             writer.write(packet);
                         }
                     });
    EXPECT_EQ(test::picture_hashes(folder_ / "cut.mp4"), test::picture_hashes(folder_ / "out.mp4"));
}

TEST_F(OddClips, APlaylistOpensNothingUnlessAllowed) {
    ffmpeg(small + "-c:v libx264 -bf 0 " + path("a.ts"));
    std::ofstream(path("list.m3u8"))
        << "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n";
    std::ofstream(path("list.ffconcat")) << "ffconcat version 1.0\nfile a.ts\n";
    for (const auto* name : {"list.m3u8", "list.ffconcat"}) {
        EXPECT_THAT([&] { const VideoReader reader(path(name)); },
                    ThrowsMessage<MediaError>(HasSubstr("--allow-protocols")))
            << name;
    }
    const InputConfig allowed{.protocols = {"file"}, .stop = nullptr};
    VideoReader reader(path("list.m3u8"), allowed);
    EXPECT_TRUE(reader.read());
}

TEST_F(OddClips, APercentSignIsNoPattern) {
    ffmpeg("-f lavfi -i testsrc2=s=192x108:r=25:d=2 -frames:v 1 -update 1 '" + path("plain.jpg") + "'");
    std::filesystem::rename(path("plain.jpg"), path("c%03d.jpg"));
    EXPECT_EQ(read("c%03d.jpg").size(), 1U);
}

TEST_F(OddClips, AStopEndsTheWaitForAPipe) {
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    runtime::StopSignal stop;
    const InputConfig config{.protocols = {}, .stop = &stop};
    std::thread stopper([&stop] { stop.request(); });
    EXPECT_THROW(VideoReader(path("pipe"), config), MediaError);
    stopper.join();
}

}  // namespace
}  // namespace framebridge::media
