#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/periodic.h"
#include "runtime/log_limit.h"
#include "runtime/poll_set.h"
#include "runtime/stop_signal.h"
#include "video_file_sink/config.h"
#include "video_file_sink/recordings.h"
#include "video_file_sink/stream_observer.h"
#include "zmq/receiver.h"

namespace framebridge::video_sink {

/// What a run of the sink has written, and what not.
struct VideoFileSinkReport {
    RecordingCounts recorded;
    std::uint64_t repeated = 0;         ///< Frames that came again, or far out of order.
    std::uint64_t before_keyframe = 0;  ///< Frames before a stream's first keyframe.
    std::uint64_t left_out = 0;         ///< Frames that are not to be shown, and could not be hidden.
    std::uint64_t unusable = 0;         ///< Messages that cannot be read, and frames without bytes.
    std::uint64_t failures = 0;         ///< Frames and files that could not be written.

    /// Frames came, and not one is in a file.
    [[nodiscard]] bool wrote_nothing() const {
        return recorded.kept.frames == 0 && before_keyframe + left_out + unusable > 0;
    }
};

/// ZeroMQ -> decode -> file -> acknowledgement. One thread; the parts outlive it.
class VideoFileSink {
  public:
    /// `on_frame` is called for each frame written. `observer` may be null.
    VideoFileSink(const VideoFileSinkConfig& config, zmq::Receiver& receiver, std::function<void()> on_frame,
                  StreamObserver* observer = nullptr);

    /// Writes until `stop` is requested (what has arrived by then is still taken), so many streams have
    /// ended, or nothing came for so long; then completes the open files.
    VideoFileSinkReport run(runtime::StopSignal& stop);
    /// Called about once a second while running.
    void on_turn(std::function<void()> hook) { periodic_.set(std::move(hook)); }
    /// What was written so far; open files are not counted.
    [[nodiscard]] VideoFileSinkReport report() const;

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] bool done() const;
    [[nodiscard]] bool seen_all_ends() const;
    void wait(const runtime::StopSignal& stop);
    bool receive();
    void handle(const zmq::ReceivedMessage& message);
    std::string write_frame(const protocol::Envelope& envelope, const zmq::ReceivedMessage& message);
    [[nodiscard]] std::string metadata_of(const protocol::Envelope& envelope, std::size_t size) const;
    void note_number();
    std::optional<StreamFailure> end_stream(std::string_view source_id);
    std::string_view content_bytes(const protocol::Content& content, const zmq::ReceivedMessage& message);
    void count(FrameOutcome outcome, const protocol::VideoFrame& frame);
    void show(FrameOutcome outcome, const protocol::VideoFrame& frame, std::string_view bytes);
    void pass_over(const std::string& reason);
    void fail(const std::string& reason);
    void drain();
    void let_acknowledgement_arrive(const runtime::StopSignal& stop);

    VideoFileSinkConfig config_;
    zmq::Receiver& receiver_;
    zmq::ReceivedMessage message_;
    std::function<void()> on_frame_;
    StreamObserver* observer_;
    Recordings recordings_;
    protocol::Envelope envelope_;
    std::string joined_parts_;
    std::uint64_t ends_ = 0;
    Clock::time_point last_message_ = Clock::now();
    runtime::PollSet poll_set_;
    Periodic periodic_;
    runtime::LogLimit unusable_warning_;
    runtime::LogLimit failure_warning_;
    runtime::LogLimit dropped_warning_;
    runtime::LogLimit keyframe_warning_;
    VideoFileSinkReport report_;
};

}  // namespace framebridge::video_sink
