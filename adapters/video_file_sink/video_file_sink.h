#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "runtime/poll_set.h"
#include "runtime/rate_limit.h"
#include "runtime/stop_signal.h"
#include "video_file_sink/config.h"
#include "video_file_sink/recording.h"
#include "zmq/receiver.h"

namespace framebridge::video_sink {

/// What a run of the sink came to.
struct VideoFileSinkReport {
    std::uint64_t files = 0;
    std::uint64_t frames = 0;           ///< Written.
    std::uint64_t bytes = 0;            ///< Of these frames.
    std::uint64_t repeated = 0;         ///< Frames that came again, or out of order.
    std::uint64_t before_keyframe = 0;  ///< Frames before a stream's first keyframe.
    std::uint64_t unusable = 0;         ///< Messages that cannot be read, and frames without bytes.
    std::uint64_t failures = 0;         ///< Frames and files that could not be written.
};

/// ZeroMQ -> decode -> file -> acknowledgement. One thread; the parts outlive it.
class VideoFileSink {
  public:
    /// `on_frame` is called for each frame written.
    VideoFileSink(const VideoFileSinkConfig& config, zmq::Receiver& receiver, std::function<void()> on_frame);

    /// Writes until `stop` is requested (what has arrived by then is still taken), so many streams have
    /// ended, or nothing came for so long; then completes the open files.
    VideoFileSinkReport run(runtime::StopSignal& stop);

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] bool done() const;
    [[nodiscard]] bool seen_all_ends() const;
    void wait(const runtime::StopSignal& stop);
    bool receive();
    void handle(const zmq::ReceivedMessage& message);
    void write_frame(const protocol::Envelope& envelope, const zmq::ReceivedMessage& message);
    bool end_stream(std::string_view source_id);
    std::string_view content_bytes(const protocol::Content& content, const zmq::ReceivedMessage& message);
    Recording& recording_of(std::string_view source_id);
    void count(FrameOutcome outcome, const protocol::VideoFrame& frame, std::size_t bytes);
    void pass_over(const std::string& reason);
    void fail(const std::string& reason);
    void drain();
    void complete_files();
    void let_acknowledgement_arrive(const runtime::StopSignal& stop);

    const VideoFileSinkConfig& config_;
    zmq::Receiver& receiver_;
    zmq::ReceivedMessage message_;
    std::function<void()> on_frame_;
    std::map<std::string, Recording, std::less<>> recordings_;
    protocol::Envelope envelope_;
    std::string joined_parts_;
    std::uint64_t ends_ = 0;
    Clock::time_point last_message_ = Clock::now();
    runtime::PollSet poll_set_;
    runtime::RateLimit unusable_warning_;
    runtime::RateLimit failure_warning_;
    runtime::RateLimit dropped_warning_;
    runtime::RateLimit keyframe_notice_;
    VideoFileSinkReport report_;
};

}  // namespace framebridge::video_sink
