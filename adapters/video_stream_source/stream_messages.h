#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "video_common/video_messages.h"
#include "video_stream_source/frame_queue.h"
#include "video_stream_source/stream_clock.h"

namespace framebridge::stream_source {

/// What is in the messages of a camera.
struct StreamMessagesConfig {
    std::string source_id;
    MessageConfig messages;
    PtsMode pts = PtsMode::continuing;
    bool end_of_stream_on_change = false;  ///< A stream ends where its codec or its size changes.
};

/// A camera's frames and ends of stream as messages, in order. Sequence numbers count from 1 in each stream.
class StreamMessages {
  public:
    struct Message {
        zmq::OutgoingMessage message;
        std::size_t bytes = 0;  ///< Of its frame.
        StreamClock::Arrival arrival;
    };

    explicit StreamMessages(StreamMessagesConfig config) : config_(std::move(config)), clock_(config_.pts) {}

    void push(FrameQueue::Item item);
    /// The message to be sent next; it stays the same until sent(). Null: push() more.
    Message* next() { return messages_.empty() ? nullptr : &messages_.front(); }
    void sent() { messages_.pop_front(); }
    [[nodiscard]] std::uint64_t clock_jumps() const { return clock_.jumps(); }

  private:
    void push_frame(CameraFrame frame);
    void end_stream();

    StreamMessagesConfig config_;
    StreamClock clock_;
    std::uint64_t sequence_number_ = 0;  ///< Of the stream's last message; 0: no stream is open.
    std::shared_ptr<const media::VideoStream> video_;  ///< Of the last frame.
    std::deque<Message> messages_;
};

}  // namespace framebridge::stream_source
