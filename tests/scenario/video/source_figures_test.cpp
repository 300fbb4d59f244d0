#include "video_file_sink/source_figures.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace framebridge::video_sink {
namespace {

/// A source whose frames come 40 ms apart, 100 ms after their creation.
struct Camera {
    void send(int frames) {
        for (int sent = 0; sent < frames; ++sent) {
            now.steady += 40ms;
            now.utc += 40ms;
            watch.on_frame(frame(), now);
            ++number;
        }
    }
    [[nodiscard]] protocol::VideoFrame frame() const {
        protocol::VideoFrame frame;
        frame.sequence_number = number;
        frame.creation_time_ns = std::chrono::nanoseconds((now.utc - 100ms).time_since_epoch()).count();
        return frame;
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        now.utc += time;
    }
    [[nodiscard]] SourceFigures figures() const { return watch.figures(now); }

    Moment now{std::chrono::steady_clock::time_point(1000s), std::chrono::system_clock::time_point(500'000s)};
    std::uint64_t number = 0;
    SourceWatch watch;
};

TEST(SourceFigures, FramesASecondAreThoseOfTheLastFiveSeconds) {
    Camera camera;
    EXPECT_EQ(camera.figures().fps, 0);
    camera.send(20);
    EXPECT_EQ(camera.figures().fps, 0) << "no whole second is over";
    camera.send(80);
    EXPECT_NEAR(camera.figures().fps, 25, 0.5);
    camera.send(1000);
    EXPECT_NEAR(camera.figures().fps, 25, 0.1);
    camera.pass(3s);
    EXPECT_NEAR(camera.figures().fps, 10, 5);
    camera.pass(4s);
    EXPECT_EQ(camera.figures().fps, 0);
    camera.send(150);
    EXPECT_NEAR(camera.figures().fps, 25, 0.1);
}

TEST(SourceFigures, DelayIsTheFramesOwnAndLagGrowsWithTheSilence) {
    Camera camera;
    EXPECT_FALSE(camera.figures().delay_seconds);
    EXPECT_FALSE(camera.figures().lag_seconds);
    camera.send(1);
    camera.pass(7s);
    EXPECT_NEAR(camera.figures().delay_seconds.value(), 0.1, 1e-6);
    EXPECT_NEAR(camera.figures().lag_seconds.value(), 7.1, 1e-6);
    camera.watch.on_end_of_stream();
    EXPECT_TRUE(camera.figures().ended);
    EXPECT_FALSE(camera.figures().lag_seconds) << "nothing is expected";
}

TEST(SourceFigures, AFrameWithoutItsTimeHasNeitherDelayNorLag) {
    Camera camera;
    protocol::VideoFrame frame;
    camera.watch.on_frame(frame, camera.now);
    EXPECT_FALSE(camera.figures().delay_seconds);
    EXPECT_FALSE(camera.figures().lag_seconds);
    EXPECT_EQ(camera.figures().frames, 1);
}

TEST(SourceFigures, NumbersThatNeverCameAreHoles) {
    Camera camera;
    camera.send(10);
    camera.number += 3;
    camera.send(10);
    EXPECT_EQ(camera.figures().holes, 3);
    camera.number = 0;  // The sender was started again.
    camera.send(2);
    EXPECT_EQ(camera.figures().holes, 3);
    camera.watch.on_end_of_stream();
    camera.number = 100;  // A stream that is joined in its middle.
    camera.send(1);
    EXPECT_EQ(camera.figures().holes, 3);
    EXPECT_EQ(camera.figures().frames, 23);
}

}  // namespace
}  // namespace framebridge::video_sink
