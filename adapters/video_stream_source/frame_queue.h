#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "media/video_stream.h"
#include "runtime/wake_fd.h"

namespace framebridge::stream_source {

/// A frame as it came from the camera.
struct CameraFrame {
    media::VideoPacket packet;
    std::shared_ptr<const media::VideoStream> video;
    std::chrono::system_clock::time_point arrival;
};

/// What is done while the pipeline is slower than the camera.
enum class WhenSlow {
    drop,   ///< New frames are left out, up to the next keyframe that has room.
    block,  ///< The camera is not read.
};

/// Between the thread that reads the camera and the one that sends: frames in order, and the ends of streams.
/// A stream in it begins with a keyframe, also after frames were left out. Callable from any thread.
class FrameQueue {
  public:
    struct Limits {
        std::size_t frames = 100;
        std::size_t bytes = std::size_t{64} << 20;  ///< One frame is always let in.
        WhenSlow when_slow = WhenSlow::drop;
    };
    /// A frame; nothing: the end of a stream.
    using Item = std::optional<CameraFrame>;
    struct Counts {
        std::uint64_t before_keyframe = 0;  ///< Left out at the begin of a stream.
        std::uint64_t slow = 0;             ///< Left out because the queue was full.
    };

    explicit FrameQueue(const Limits& limits) : limits_(limits) {}

    /// Appends the frame or leaves it out, and says which. With WhenSlow::block it waits for room, or for a
    /// stop, which leaves it out.
    bool push(CameraFrame frame, const std::stop_token& stop);
    /// What was pushed is the end of a stream; what follows is another one.
    void end_stream();
    /// Ends the stream, and leaves out all that is pushed from now on.
    void close();

    /// The next frame, or end of stream; none if there is nothing yet.
    std::optional<Item> pop();
    /// Wakes when pop() may have something.
    void add_to(runtime::PollSet& poll_set) const { wake_.add_to(poll_set); }

    [[nodiscard]] Counts counts() const;
    [[nodiscard]] std::size_t size() const;

  private:
    [[nodiscard]] bool has_room(std::size_t bytes) const;
    void end_stream_locked();

    Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable_any room_;
    std::deque<Item> items_;
    std::size_t frames_ = 0;
    std::size_t bytes_ = 0;
    bool closed_ = false;
    bool stream_begun_ = false;  ///< A frame was pushed since the last end of stream.
    bool awaits_keyframe_ = true;
    Counts counts_;
    runtime::WakeFd wake_;
};

}  // namespace framebridge::stream_source
