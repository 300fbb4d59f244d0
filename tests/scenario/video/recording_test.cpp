// What a sink does with frames that are repeated, out of order, without times, cut off or changed.

#include "video_file_sink/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "media/video_reader.h"
#include "media_support/clips.h"

namespace framebridge::video_sink {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

/// A clip's frames, as they come to a sink.
class RecordingTest : public testing::Test {
  protected:
    RecordingTest() {
        config_.folder = out_.path();
        load("-c:v libx264 -preset veryfast -bf 2 -g 10 -pix_fmt yuv420p", "mp4", "1");
    }
    void load(const std::string& encoding, const std::string& extension, const std::string& seconds) {
        clip_ = in_ / ("clip." + extension);
        test::make_clip(clip_, encoding, "25", seconds);
        media::VideoReader reader(clip_);
        stream_ = reader.stream();
        packets_.clear();
        while (auto packet = reader.read()) {
            packets_.push_back(std::move(*packet));
        }
    }
    /// Counts times in another unit.
    void set_time_base(protocol::TimeBase base) {
        for (auto& packet : packets_) {
            packet.pts = media::rescale_up(packet.pts, stream_.time_base, base);
            packet.dts = media::rescale_up(*packet.dts, stream_.time_base, base);
            packet.duration = media::rescale_up(*packet.duration, stream_.time_base, base);
        }
        stream_.time_base = base;
    }
    [[nodiscard]] protocol::VideoFrame frame(std::size_t index) const {
        const auto& packet = packets_[index];
        protocol::VideoFrame frame;
        frame.source_id = "cam";
        frame.uuid = "uuid-" + std::to_string(index);
        frame.codec = stream_.codec;
        frame.width = stream_.width;
        frame.height = stream_.height;
        frame.framerate = stream_.framerate;
        frame.time_base = stream_.time_base;
        frame.keyframe = packet.keyframe;
        frame.pts = packet.pts;
        frame.dts = packet.dts;
        frame.duration = packet.duration;
        return frame;
    }
    FrameOutcome write(Recording& recording, std::size_t index) {
        return recording.write(frame(index), packets_[index].bytes);
    }
    void write_all(Recording& recording) {
        for (std::size_t index = 0; index < packets_.size(); ++index) {
            EXPECT_EQ(write(recording, index), FrameOutcome::written);
        }
    }
    /// Waits for what happens in the background, and returns the names of all files.
    std::vector<std::string> files() {
        rewriter_.finish(SeekableRewriter::Clock::now() + 30s);
        return out_.files();
    }
    /// The times of a file's pictures, in order of display, in seconds.
    std::vector<double> times(const std::string& name) {
        std::vector<double> result;
        std::istringstream lines(
            test::run("ffprobe -v error -select_streams v:0 -show_entries packet=pts_time -of csv=p=0 '" +
                      (out_ / name).string() + "'"));
        for (std::string line; std::getline(lines, line);) {
            result.push_back(std::stod(line));
        }
        std::sort(result.begin(), result.end());
        return result;
    }

    test::TemporaryFolder in_;
    test::TemporaryFolder out_;
    std::filesystem::path clip_;
    RecordingConfig config_;
    SeekableRewriter rewriter_;
    media::VideoStream stream_;
    std::vector<media::VideoPacket> packets_;
};

TEST_F(RecordingTest, RepeatedFramesAreDroppedAlsoAfterTheEndOfTheStream) {
    Recording recording("cam", config_, rewriter_);
    for (std::size_t index = 0; index < packets_.size(); ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
        EXPECT_EQ(write(recording, index / 2), FrameOutcome::repeated);
    }
    EXPECT_FALSE(recording.end_stream());
    EXPECT_EQ(write(recording, 20), FrameOutcome::repeated);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(test::probe_packets(clip_), test::probe_packets(out_ / "cam_0001.mp4"));
    EXPECT_EQ(recording.counts().files, 1U);
    EXPECT_EQ(recording.counts().kept.frames, packets_.size());
}

TEST_F(RecordingTest, AFileBeginsWithAKeyframe) {
    Recording recording("cam", config_, rewriter_);
    for (std::size_t index = 5; index < 10; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::before_keyframe);
    }
    EXPECT_THAT(out_.files(), IsEmpty());
    for (std::size_t index = 10; index < 20; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    recording.end(FileEnd::stopped);
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(test::picture_hashes(out_ / "cam_0001.mp4").size(), 10U);
}

TEST_F(RecordingTest, AStreamWithoutAFrameThatCanBeginAFileIsNotKept) {
    Recording recording("cam", config_, rewriter_);
    for (std::size_t index = 5; index < 10; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::before_keyframe);
    }
    const auto failure = recording.end_stream();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->kind, StreamFailure::Kind::no_use);
    EXPECT_FALSE(recording.end_stream()) << "the next stream is another one";
}

/// Intra-only codecs, and those whose keyframes can be seen in the bitstream.
TEST_F(RecordingTest, KeyframesAreFoundWhereTheSenderDoesNotSay) {
    const std::vector<std::pair<const char*, const char*>> clips{
        {"-c:v libx264 -preset veryfast -bf 2 -g 10 -pix_fmt yuv420p", "mp4"},
        {"-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:keyint=10", "mp4"},
        {"-c:v libvpx -deadline realtime -cpu-used 8 -g 10", "mkv"},
        {"-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10", "mkv"},
        {"-c:v libaom-av1 -cpu-used 8 -usage realtime -g 10", "mkv"},
        {"-c:v mpeg4 -bf 2 -g 10", "mkv"},
        {"-c:v mpeg2video -bf 2 -g 10", "mkv"},
        {"-c:v mjpeg", "mkv"}};
    int number = 0;
    for (const auto& [encoding, extension] : clips) {
        load(encoding, extension, "1");
        const auto source_id = std::to_string(++number);
        Recording recording(source_id, config_, rewriter_);
        for (std::size_t index = 0; index < packets_.size(); ++index) {
            auto unsaid = frame(index);
            unsaid.keyframe.reset();
            EXPECT_EQ(recording.write(unsaid, packets_[index].bytes), FrameOutcome::written) << encoding;
        }
        EXPECT_FALSE(recording.end_stream());
        const auto name = source_id + (stream_.codec == "vp8" ? "_0001.mkv" : "_0001.mp4");
        const auto before = test::probe_packets(clip_);
        const auto after = test::probe_packets(out_ / name);
        ASSERT_EQ(before.size(), after.size()) << encoding;
        for (std::size_t index = 0; index < before.size(); ++index) {
            EXPECT_EQ(before[index].flags, after[index].flags) << encoding << ", packet " << index;
        }
    }
}

/// At a billionth of a second MP4's 32 bits hold no more than 2 s.
TEST_F(RecordingTest, PausesStay) {
    set_time_base({1, 1'000'000'000});
    for (std::size_t index = 10; index < packets_.size(); ++index) {
        const std::int64_t pause = index < 20 ? 3'000'000'000 : 7'203'000'000'000;
        packets_[index].pts += pause;
        *packets_[index].dts += pause;
    }
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    const auto found = times("cam_0001.mp4");
    ASSERT_EQ(found.size(), packets_.size());
    EXPECT_DOUBLE_EQ(found.front(), 0);
    EXPECT_NEAR(found[10], 3.4, 0.00002);
    EXPECT_NEAR(found[20], 7203.8, 0.00002);
    EXPECT_EQ(test::picture_hashes(clip_), test::picture_hashes(out_ / "cam_0001.mp4"));
    EXPECT_EQ(recording.counts().moved_frames, 0U);
}

TEST_F(RecordingTest, ADurationThatDoesNotFitIsLeftOut) {
    set_time_base({1, 1'000'000'000});
    packets_[5].duration = 2'200'000'000;
    packets_.back().duration = std::int64_t{1} << 60;
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(times("cam_0001.mp4").size(), packets_.size());
    EXPECT_EQ(test::picture_hashes(clip_), test::picture_hashes(out_ / "cam_0001.mp4"));
}

/// The last frame has no next one that would tell how long it lasts.
TEST_F(RecordingTest, APacketsOwnDurationIsKept) {
    load("-c:v libx264 -preset veryfast -bf 0 -g 10 -pix_fmt yuv420p", "mp4", "1");
    packets_.back().duration = *packets_.back().duration * 50;
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(
        test::run("ffprobe -v error -select_streams v:0 -show_entries packet=duration_time -of csv=p=0 '" +
                  (out_ / "cam_0001.mp4").string() + "' | tail -n 1"),
        "2.000000\n");
}

TEST_F(RecordingTest, AFilesClockStartsAtItsFirstFrame) {
    const std::int64_t unix_time = std::int64_t{1'700'000'000} * stream_.time_base.denominator;
    for (auto& packet : packets_) {
        packet.pts += unix_time;
        *packet.dts += unix_time;
    }
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(test::probe_packets(clip_), test::probe_packets(out_ / "cam_0001.mp4"));
    EXPECT_EQ(test::run("ffprobe -v error -show_entries format_tags=framebridge_start -of csv=p=0 '" +
                        (out_ / "cam_0001.mp4").string() + "'"),
              std::to_string(unix_time) + "\n");
}

/// TS clocks wrap: a start below 0 would be cut off by the edit list.
TEST_F(RecordingTest, AStartBelowZeroIsMoved) {
    config_.clock_start = media::ClockStart::stream;
    for (auto& packet : packets_) {
        packet.pts -= stream_.time_base.denominator / 2;
        *packet.dts -= stream_.time_base.denominator / 2;
    }
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(test::picture_hashes(clip_), test::picture_hashes(out_ / "cam_0001.mp4"));
    EXPECT_DOUBLE_EQ(times("cam_0001.mp4").front(), 0);
}

TEST_F(RecordingTest, ReorderedFramesWithoutDecodingTimesAreKept) {
    load("-c:v libx264 -preset veryfast -bf 3 -g 25 -x264-params b-pyramid=normal -pix_fmt yuv420p", "mp4",
         "3");
    const auto wanted = test::probe_packets(clip_);
    for (auto& packet : packets_) {
        packet.dts.reset();
    }
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(wanted, test::probe_packets(out_ / "cam_0001.mp4"));
    EXPECT_EQ(test::picture_hashes(clip_), test::picture_hashes(out_ / "cam_0001.mp4"));
}

TEST_F(RecordingTest, EqualTimesGetTheNextFreeOne) {
    for (std::size_t index = 5; index < packets_.size(); index += 10) {
        packets_[index].pts = packets_[index - 1].pts;
        packets_[index].dts = packets_[index - 1].dts;
    }
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(times("cam_0001.mp4").size(), packets_.size());
    EXPECT_GT(recording.counts().moved_frames, 0U);
}

TEST_F(RecordingTest, AFrameThatIsALittleLateIsKept) {
    Recording recording("cam", config_, rewriter_);
    for (const std::size_t index : {0, 2, 1, 3}) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    EXPECT_FALSE(recording.end_stream());
    EXPECT_EQ(recording.counts().kept.frames, 4U);
}

TEST_F(RecordingTest, AFrameOfLongAgoIsDropped) {
    load("-c:v libx264 -preset veryfast -bf 0 -g 200 -pix_fmt yuv420p", "mp4", "3");
    Recording recording("cam", config_, rewriter_);
    for (std::size_t index = 0; index < 60; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    auto late = frame(1);
    late.uuid = "another";
    EXPECT_EQ(recording.write(late, packets_[1].bytes), FrameOutcome::out_of_order);
}

TEST_F(RecordingTest, ASourceThatBeginsAnewGetsANewFile) {
    Recording recording("cam", config_, rewriter_);
    for (std::size_t index = 0; index < 7; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    auto anew = frame(0);
    anew.uuid = "another";
    EXPECT_EQ(recording.write(anew, packets_[0].bytes), FrameOutcome::written);
    EXPECT_THAT(files(), ElementsAre(".cam_0002.mp4.partial", "cam_0001.mp4"));
}

TEST_F(RecordingTest, ChangedParametersBeginANewFileAtTheNextKeyframe) {
    Recording recording("cam", config_, rewriter_);
    EXPECT_EQ(write(recording, 0), FrameOutcome::written);
    EXPECT_EQ(write(recording, 1), FrameOutcome::written);
    stream_.width *= 2;
    EXPECT_EQ(write(recording, 2), FrameOutcome::before_keyframe);
    EXPECT_EQ(write(recording, 10), FrameOutcome::written);
    EXPECT_THAT(files(), ElementsAre(".cam_0002.mp4.partial", "cam_0001.mp4"));
}

TEST_F(RecordingTest, AnotherTimeBaseBeginsANewFileAtTheNextKeyframe) {
    Recording recording("cam", config_, rewriter_);
    EXPECT_EQ(write(recording, 0), FrameOutcome::written);
    EXPECT_EQ(write(recording, 1), FrameOutcome::written);
    set_time_base({1, 90'000});
    EXPECT_EQ(write(recording, 2), FrameOutcome::before_keyframe);
    for (std::size_t index = 10; index < 20; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4", "cam_0002.mp4"));
    EXPECT_EQ(test::probe_stream(out_ / "cam_0002.mp4", "time_base"), "1/90000\n");
    EXPECT_NEAR(times("cam_0002.mp4").back(), 9 * 0.04, 0.0001);
}

TEST_F(RecordingTest, AFullChunkIsFollowedByAnotherAtTheNextKeyframe) {
    const auto chunks_of = [this](const ChunkLimits& limits, const std::string& source_id) {
        config_.chunk = limits;
        Recording recording(source_id, config_, rewriter_);
        write_all(recording);
        EXPECT_FALSE(recording.end_stream());
        return recording.counts().files;
    };
    EXPECT_EQ(chunks_of({.duration = 400ms, .frames = 0, .bytes = 0}, "duration"), 3U);
    EXPECT_EQ(chunks_of({.duration = 0ms, .frames = 11, .bytes = 0}, "frames"), 2U);
    EXPECT_EQ(chunks_of({.duration = 0ms, .frames = 0, .bytes = 1}, "bytes"), 3U);
    (void)files();
    std::vector<std::string> pictures;
    for (const auto* name : {"duration_0001.mp4", "duration_0002.mp4", "duration_0003.mp4"}) {
        const auto part = test::picture_hashes(out_ / name);
        pictures.insert(pictures.end(), part.begin(), part.end());
    }
    EXPECT_EQ(pictures, test::picture_hashes(clip_));
}

TEST_F(RecordingTest, WhatCannotBeWrittenFailsAndLeavesNothing) {
    Recording recording("cam", config_, rewriter_);
    stream_.codec = "no-such-codec";
    EXPECT_THROW((void)write(recording, 0), media::MediaError);
    EXPECT_FALSE(recording.has_open_file());
    EXPECT_THAT(out_.files(), IsEmpty());
    stream_.codec = "h264";
    EXPECT_EQ(write(recording, 10), FrameOutcome::written);
    const auto failure = recording.end_stream();
    ASSERT_TRUE(failure) << "frame 0 is in no file";
    EXPECT_EQ(failure->kind, StreamFailure::Kind::not_written);
}

/// What was flushed can be played though the process was killed: it is what a copy of the file shows.
TEST_F(RecordingTest, WhatWasFlushedPlaysWithoutAnEnd) {
    Recording recording("cam", config_, rewriter_);
    for (std::size_t index = 0; index < 15; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    recording.flush();
    EXPECT_EQ(recording.flush_due(), Recording::Clock::time_point::max());
    std::filesystem::copy_file(out_ / ".cam_0001.mp4.partial", in_ / "copy.mp4");
    EXPECT_EQ(test::picture_hashes(in_ / "copy.mp4").size(), 15U);
    for (std::size_t index = 15; index < packets_.size(); ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(test::picture_hashes(clip_), test::picture_hashes(out_ / "cam_0001.mp4"));
    EXPECT_EQ(test::probe_packets(clip_), test::probe_packets(out_ / "cam_0001.mp4"));
}

/// No file may grow beyond so many bytes: writing fails as on a full disk, in the middle of a frame.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit before_{};
};

TEST_F(RecordingTest, AFullDiskKeepsWhatIsRecordedUpToTheLastWholeFrame) {
    load("-c:v libx264 -preset veryfast -bf 2 -g 25 -pix_fmt yuv420p -vf noise=alls=40:allf=t", "mp4", "4");
    for (const auto container : {media::Container::mp4, media::Container::mkv}) {
        config_.container.fixed = container;
        Recording recording(std::string(extension(container)), config_, rewriter_);
        {
            const FileSizeLimit limit(std::filesystem::file_size(clip_) / 5 * 2);
            std::size_t index = 0;
            EXPECT_THROW(
                for (; index < packets_.size(); ++index) { (void)write(recording, index); },
                media::MediaError);
            EXPECT_LT(index, packets_.size());
        }
        EXPECT_FALSE(recording.has_open_file());
        EXPECT_TRUE(recording.end_stream());
        const auto name = std::string(extension(container)) + "_0001." + std::string(extension(container));
        EXPECT_GT(recording.counts().kept.frames, 20U);
        EXPECT_EQ(recording.counts().kept.frames, test::picture_hashes(out_ / name).size()) << name;
        EXPECT_GT(recording.counts().lost_frames, 0U);
        const auto pictures = test::picture_hashes(out_ / name);
        const auto original = test::picture_hashes(clip_);
        // The last ones may wait for a reference that is not there.
        const auto same = std::mismatch(pictures.begin(), pictures.end(), original.begin()).first;
        EXPECT_GE(same - pictures.begin() + 3, static_cast<std::ptrdiff_t>(pictures.size())) << name;
    }
}

/// hvc1, as Apple's players want it.
TEST_F(RecordingTest, HevcIsTaggedForAllPlayers) {
    load("-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:keyint=10 -pix_fmt yuv420p",
         "mp4", "1");
    Recording recording("cam", config_, rewriter_);
    write_all(recording);
    EXPECT_FALSE(recording.end_stream());
    EXPECT_THAT(files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(test::probe_stream(out_ / "cam_0001.mp4", "codec_tag_string"), "hvc1\n");
    EXPECT_EQ(test::picture_hashes(clip_), test::picture_hashes(out_ / "cam_0001.mp4"));
}

}  // namespace
}  // namespace framebridge::video_sink
