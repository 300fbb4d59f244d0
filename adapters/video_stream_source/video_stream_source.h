#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "common/periodic.h"
#include "runtime/poll_set.h"
#include "runtime/stop_signal.h"
#include "video_stream_source/camera_feed.h"
#include "video_stream_source/frame_queue.h"
#include "video_stream_source/stream_messages.h"
#include "zmq/sender.h"

namespace framebridge::stream_source {

/// What was sent, and what was not.
struct VideoStreamSourceReport {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;    ///< Of the frames.
    std::uint64_t streams = 0;  ///< Ends of stream.
    CameraStatus camera;
    FrameQueue::Counts left_out;
    std::uint64_t clock_jumps = 0;
    std::size_t waiting = 0;    ///< Frames in the queue.
    std::uint64_t refused = 0;  ///< Messages and ends of stream that the peer refused.
};

/// What the source is made of.
struct VideoStreamSourceConfig;

/// A camera -> messages -> ZeroMQ, until it is stopped. One thread, beside the one that reads the camera.
class VideoStreamSource {
  public:
    using Clock = std::chrono::steady_clock;
    struct Hooks {
        /// Called for each frame sent, with the time that it has spent here.
        std::function<void(std::chrono::duration<double>)> frame_sent;
        /// Called about once a second.
        std::function<void()> turn = {};
    };

    VideoStreamSource(const VideoStreamSourceConfig& config, OpenCamera open, zmq::Sender& sender);

    /// Runs until `stop` is requested. What is waiting and the end of the stream are then sent within half of
    /// the shutdown timeout, and the sender is closed. Returns whether all that was sent has left.
    bool run(runtime::StopSignal& stop, const Hooks& hooks);
    [[nodiscard]] VideoStreamSourceReport report() const;
    /// How long the socket has taken no message, though there is one to send.
    [[nodiscard]] Clock::duration refused_for() const;

  private:
    bool send_next(const Hooks& hooks);
    bool fill();
    void wait(const runtime::StopSignal* stop, Clock::time_point until);
    void finish(const Hooks& hooks, Clock::time_point deadline);
    void take_refusals();

    std::string name_;
    std::chrono::milliseconds shutdown_timeout_;
    zmq::Sender& sender_;
    std::shared_ptr<FrameQueue> queue_;
    StreamMessages messages_;
    CameraFeed feed_;
    bool refused_ = false;  ///< The socket took no more.
    Clock::time_point last_taken_ = Clock::now();
    std::uint64_t frames_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t streams_ = 0;
    std::uint64_t refusals_ = 0;
    runtime::PollSet poll_set_;
    Periodic periodic_;
};

}  // namespace framebridge::stream_source
