#include "video_stream_source/frame_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "stream_support/fake_camera.h"

namespace framebridge::stream_source {
namespace {

using test::frame;
using test::Picture;

/// The times of all frames that wait; -1: an end of stream.
std::vector<std::int64_t> take_all(FrameQueue& queue) {
    std::vector<std::int64_t> times;
    while (auto item = queue.pop()) {
        times.push_back(*item ? (**item).packet.pts : -1);
    }
    return times;
}

using Times = std::vector<std::int64_t>;

class FrameQueueTest : public testing::Test {
  protected:
    bool push(CameraFrame with) { return queue_.push(std::move(with), stop_.get_token()); }

    std::stop_source stop_;
    FrameQueue queue_{{.frames = 3, .bytes = 1000, .when_slow = WhenSlow::drop}};
};

TEST_F(FrameQueueTest, AStreamBeginsWithAKeyframe) {
    EXPECT_FALSE(push(frame(0)));
    EXPECT_TRUE(push(frame(40, Picture::key)));
    EXPECT_TRUE(push(frame(80)));
    queue_.end_stream();
    EXPECT_FALSE(push(frame(120)));
    EXPECT_EQ(take_all(queue_), (Times{40, 80, -1}));
    EXPECT_EQ(queue_.counts().before_keyframe, 2U);
    EXPECT_EQ(queue_.counts().slow, 0U);
}

TEST_F(FrameQueueTest, WhenFullLeavesOutUpToTheNextKeyframeThatHasRoom) {
    push(frame(0, Picture::key));
    push(frame(1));
    push(frame(2));
    EXPECT_FALSE(push(frame(3)));
    EXPECT_FALSE(push(frame(4, Picture::key)));
    EXPECT_EQ(take_all(queue_), (Times{0, 1, 2}));
    EXPECT_FALSE(push(frame(5)));
    EXPECT_TRUE(push(frame(6, Picture::key)));
    EXPECT_EQ(take_all(queue_), (Times{6}));
    EXPECT_EQ(queue_.counts().slow, 3U);
    EXPECT_EQ(queue_.counts().before_keyframe, 0U);
}

TEST_F(FrameQueueTest, IsBoundedInBytesButLetsOneFrameIn) {
    EXPECT_TRUE(push(frame(0, Picture::key, 5000)));
    EXPECT_FALSE(push(frame(1, Picture::delta, 1)));
    EXPECT_EQ(take_all(queue_), (Times{0}));
}

TEST_F(FrameQueueTest, AnEndOfStreamHasRoomAlways) {
    for (int time = 0; time < 3; ++time) {
        push(frame(time, Picture::key));
    }
    queue_.end_stream();
    queue_.end_stream();
    EXPECT_EQ(take_all(queue_), (Times{0, 1, 2, -1}));
}

TEST_F(FrameQueueTest, BlocksUntilThereIsRoom) {
    FrameQueue queue({.frames = 2, .bytes = 1000, .when_slow = WhenSlow::block});
    std::thread writer([&queue] {
        for (int time = 0; time < 50; ++time) {
            queue.push(frame(time, time == 0 ? Picture::key : Picture::delta), {});
        }
        queue.close();
    });
    Times times;
    while (times.empty() || times.back() != -1) {
        runtime::PollSet poll_set;
        queue.add_to(poll_set);
        poll_set.wait();
        EXPECT_LE(queue.size(), 2U);
        for (const auto time : take_all(queue)) {
            times.push_back(time);
        }
    }
    writer.join();
    ASSERT_EQ(times.size(), 51U);
    for (int time = 0; time < 50; ++time) {
        EXPECT_EQ(times[static_cast<std::size_t>(time)], time);
    }
}

TEST_F(FrameQueueTest, AStopEndsTheWaitForRoom) {
    FrameQueue queue({.frames = 1, .bytes = 1000, .when_slow = WhenSlow::block});
    queue.push(frame(0, Picture::key), {});
    std::jthread writer([&queue](const std::stop_token& stop) { EXPECT_FALSE(queue.push(frame(1), stop)); });
    writer.request_stop();
    writer.join();
    queue.close();
    EXPECT_EQ(take_all(queue), (Times{0, -1}));
    EXPECT_FALSE(queue.push(frame(2, Picture::key), {}));
}

}  // namespace
}  // namespace framebridge::stream_source
