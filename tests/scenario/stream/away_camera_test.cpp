// cameras that go away, end, stall and send what cannot be read -> video-stream-source -> messages

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "framebridge/protocol/envelope.h"
#include "stream_support/fake_camera.h"
#include "support/fakes.h"
#include "video_stream_source/config.h"
#include "video_stream_source/video_stream_source.h"

namespace framebridge::stream_source {
namespace {

using namespace std::chrono_literals;
using framebridge::testing::FakeSender;
using test::Connection;
using test::FakeCamera;
using test::frame;
using test::Picture;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AwayCamera : public ::testing::Test {
  protected:
    AwayCamera() {
        config_.stream.source_id = "cam-1";
        config_.feed = {.name = "cam-1", .first_pause = 1ms, .max_pause = 2ms};
        config_.shutdown_timeout = 2s;
    }

    /// Runs until `done`, looked at in each turn; then stops.
    VideoStreamSourceReport run(const FakeCamera& camera, const std::function<bool()>& done) {
        VideoStreamSource source(config_, camera.opener(), sender_);
        source_ = &source;
        const framebridge::testing::ScenarioEnd end;
        sender_.each_turn = [&] {
            if (end.reached(done())) {
                stop_.request();
            }
        };
        delivered_ = source.run(stop_, {.frame_sent = [](std::chrono::duration<double>) {}});
        source_ = nullptr;
        return source.report();
    }
    /// The kinds and sequence numbers of what was sent: `1 2 3 end`.
    [[nodiscard]] std::string sent() const {
        std::string all;
        for (const auto& message : sender_.sent) {
            protocol::Envelope envelope;
            EXPECT_TRUE(protocol::decode(protocol::FormatChoice::automatic, message.body, envelope));
            all += (all.empty() ? "" : " ") +
                   (message.end_of_stream ? "end" : std::to_string(envelope.sequence_number.value_or(0)));
        }
        return all;
    }

    VideoStreamSourceConfig config_;
    FakeSender sender_;
    runtime::StopSignal stop_;
    VideoStreamSource* source_ = nullptr;
    bool delivered_ = false;
};

Connection two_frames(std::function<void()> end = nullptr) {
    return {{frame(0, Picture::key), frame(40)}, std::move(end)};
}

TEST_F(AwayCamera, AnEndedStreamGetsItsEndAndTheNextOneBeginsAnew) {
    const FakeCamera camera({two_frames([] {}), two_frames()});
    const auto report = run(camera, [this] { return sender_.sent.size() >= 5; });
    EXPECT_EQ(sent(), "1 2 end 1 2 end");
    EXPECT_TRUE(delivered_);
    EXPECT_EQ(report.frames, 4U);
    EXPECT_EQ(report.streams, 2U);
    EXPECT_EQ(report.camera.reconnects, 1U);
}

TEST_F(AwayCamera, AStallIsCountedAndItsReasonSaid) {
    const FakeCamera camera({two_frames([] { throw media::StallError("no frame for 7 s"); }),
                             {{}, nullptr, [] { throw media::MediaError("Connection refused"); }}});
    std::vector<std::string> problems;
    const auto report = run(camera, [&] {
        const auto problem = source_->report().camera.problem;
        if (problems.empty() || problems.back() != problem) {
            problems.push_back(problem);
        }
        return camera.opened() > 5;
    });
    EXPECT_EQ(sent(), "1 2 end");
    EXPECT_EQ(report.camera.stalls, 1U);
    EXPECT_GE(report.camera.reconnects, 4U);
    EXPECT_EQ(report.camera.problem, "Connection refused");
}

TEST_F(AwayCamera, NoExceptionEndsIt) {
    const FakeCamera camera({two_frames([] { throw std::bad_alloc(); }),
                             two_frames([] { throw std::out_of_range("index"); }),
                             two_frames([] { throw media::MediaError("Invalid data"); }), two_frames()});
    const auto report = run(camera, [&] { return camera.opened() == 4 && sender_.sent.size() >= 11; });
    EXPECT_EQ(sent(), "1 2 end 1 2 end 1 2 end 1 2 end");
    EXPECT_EQ(report.camera.problem, "");
}

TEST_F(AwayCamera, SaysThatNoKeyframeHasComeYet) {
    const FakeCamera camera({{{frame(0), frame(40)}}});
    const auto report = run(camera, [this] { return source_->report().camera.frames == 2; });
    EXPECT_EQ(sent(), "");
    EXPECT_THAT(report.camera.problem, HasSubstr("no keyframe has come yet"));
    EXPECT_EQ(report.left_out.before_keyframe, 2U);
}

TEST_F(AwayCamera, APipelineThatIsAwayCostsWholeGroupsOfPicturesAndCountsThem) {
    config_.queue = {.frames = 2, .bytes = 1000, .when_slow = WhenSlow::drop};
    std::deque<CameraFrame> frames;
    for (int index = 0; index < 30; ++index) {
        frames.push_back(frame(index * 40, index % 10 == 0 ? Picture::key : Picture::delta));
    }
    const FakeCamera camera({{frames}});
    sender_.room = 0;
    const auto report = run(camera, [this] {
        if (source_->report().camera.frames == 30) {
            sender_.room = 100;
        }
        const auto now = source_->report();
        return now.frames + now.left_out.slow == 30;
    });
    EXPECT_LE(report.frames, 3U) << "two that waited, and one that was being sent";
    EXPECT_GE(report.left_out.slow, 27U);
}

TEST_F(AwayCamera, ABlockedCameraLosesNothing) {
    config_.queue = {.frames = 2, .bytes = 1000, .when_slow = WhenSlow::block};
    std::deque<CameraFrame> frames{frame(0, Picture::key)};
    for (int index = 1; index < 30; ++index) {
        frames.push_back(frame(index * 40));
    }
    const FakeCamera camera({{frames}});
    sender_.room = 0;
    int turns = 0;
    const auto report = run(camera, [&] {
        if (++turns % 3 == 0) {
            sender_.room = 1;
        }
        return sender_.sent.size() == 30;
    });
    EXPECT_EQ(report.frames, 30U);
    EXPECT_EQ(report.left_out.slow, 0U);
}

TEST_F(AwayCamera, AStopEndsItThoughThePipelineTakesNothing) {
    config_.shutdown_timeout = 200ms;
    const FakeCamera camera({two_frames()});
    sender_.room = 0;
    sender_.flushes = false;
    const auto begin = std::chrono::steady_clock::now();
    run(camera, [this] { return source_->report().camera.frames == 2; });
    EXPECT_FALSE(delivered_);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(AwayCamera, AnotherSizeEndsTheStreamIfToldSo) {
    config_.stream.end_of_stream_on_change = true;
    const FakeCamera camera(
        {{{frame(0, Picture::key), frame(40), frame(80, Picture::key, 100, test::video(640)), frame(120)}}});
    run(camera, [this] { return sender_.sent.size() >= 5; });
    EXPECT_EQ(sent(), "1 2 end 1 2 end");
}

}  // namespace
}  // namespace framebridge::stream_source
