// What a sink does with frames that are repeated, out of order, cut off or changed.

#include "video_file_sink/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/video_reader.h"
#include "media_support/clips.h"

namespace framebridge::video_sink {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RecordingTest : public testing::Test {
  protected:
    RecordingTest() {
        config_.folder = out_.path();
        test::make_clip(in_ / "clip.mp4", "-c:v libx264 -preset veryfast -bf 2 -g 10 -pix_fmt yuv420p", "25",
                        "1");
        media::VideoReader reader(in_ / "clip.mp4");
        stream_ = reader.stream();
        while (auto packet = reader.read()) {
            packets_.push_back(std::move(*packet));
        }
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

    test::TemporaryFolder in_;
    test::TemporaryFolder out_;
    RecordingConfig config_;
    media::VideoStream stream_;
    std::vector<media::VideoPacket> packets_;
};

TEST_F(RecordingTest, RepeatedFramesAreDroppedAlsoAfterTheEndOfTheStream) {
    Recording recording("cam", config_);
    for (std::size_t index = 0; index < packets_.size(); ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
        EXPECT_EQ(write(recording, index / 2), FrameOutcome::repeated);
    }
    recording.end(FileEnd::end_of_stream);
    EXPECT_EQ(write(recording, 20), FrameOutcome::repeated);
    recording.end(FileEnd::end_of_stream);
    EXPECT_THAT(out_.files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(test::probe_packets(in_ / "clip.mp4"), test::probe_packets(out_ / "cam_0001.mp4"));
    EXPECT_EQ(recording.files(), 1U);
}

TEST_F(RecordingTest, AFileBeginsWithAKeyframe) {
    Recording recording("cam", config_);
    for (std::size_t index = 5; index < 10; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::before_keyframe);
    }
    EXPECT_THAT(out_.files(), IsEmpty());
    for (std::size_t index = 10; index < 20; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    recording.end(FileEnd::stopped);
    EXPECT_EQ(test::picture_hashes(out_ / "cam_0001.mp4").size(), 10U);
}

TEST_F(RecordingTest, AnOutOfOrderFrameIsDropped) {
    Recording recording("cam", config_);
    EXPECT_EQ(write(recording, 0), FrameOutcome::written);
    EXPECT_EQ(write(recording, 2), FrameOutcome::written);
    EXPECT_EQ(write(recording, 1), FrameOutcome::out_of_order);
    EXPECT_EQ(write(recording, 3), FrameOutcome::written);
}

TEST_F(RecordingTest, ASourceThatBeginsAnewGetsANewFile) {
    Recording recording("cam", config_);
    for (std::size_t index = 0; index < 7; ++index) {
        EXPECT_EQ(write(recording, index), FrameOutcome::written);
    }
    auto anew = frame(0);
    anew.uuid = "another";
    EXPECT_EQ(recording.write(anew, packets_[0].bytes), FrameOutcome::written);
    EXPECT_THAT(out_.files(), ElementsAre(".cam_0002.mp4.partial", "cam_0001.mp4"));
}

TEST_F(RecordingTest, ChangedParametersBeginANewFileAtTheNextKeyframe) {
    Recording recording("cam", config_);
    EXPECT_EQ(write(recording, 0), FrameOutcome::written);
    EXPECT_EQ(write(recording, 1), FrameOutcome::written);
    stream_.width *= 2;
    EXPECT_EQ(write(recording, 2), FrameOutcome::before_keyframe);
    EXPECT_THAT(out_.files(), ElementsAre("cam_0001.mp4"));
    EXPECT_EQ(write(recording, 10), FrameOutcome::written);
    EXPECT_THAT(out_.files(), ElementsAre(".cam_0002.mp4.partial", "cam_0001.mp4"));
}

TEST_F(RecordingTest, WhatCannotBeWrittenFailsAndLeavesNothing) {
    Recording recording("cam", config_);
    stream_.codec = "no-such-codec";
    EXPECT_THROW((void)write(recording, 0), media::MediaError);
    EXPECT_FALSE(recording.has_open_file());
    EXPECT_THAT(out_.files(), IsEmpty());
    stream_.codec = "h264";
    EXPECT_EQ(write(recording, 10), FrameOutcome::written);
}

}  // namespace
}  // namespace framebridge::video_sink
