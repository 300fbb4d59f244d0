#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/fault.h"
#include "common/messages_in_flight.h"
#include "framebridge/protocol/envelope.h"
#include "kafka/consumer.h"
#include "runtime/buffer.h"
#include "zmq/sender.h"

namespace framebridge::source {

/// How far a frame's bytes are on their way out of a store.
enum class FrameState {
    not_stored,  ///< No store has them: they are in the message, or nowhere.
    wanted,      ///< To be asked for.
    asked,       ///< A store was asked.
    awaited,     ///< A store said that it does not have them; it is asked again.
    found,
    missing,
};

struct StoredFrame {
    FrameState state = FrameState::not_stored;
    std::optional<std::uint64_t> size;  ///< Bytes, as far as the message or the store has told.
    std::size_t reserved = 0;           ///< Bytes held for it while it is asked for.
    std::shared_ptr<runtime::Buffer> content;
    std::chrono::steady_clock::time_point missing_since;
};

/// A message between its record and the ZeroMQ socket. Its views point into librdkafka's message, which
/// `record` keeps alive.
struct MessageInFlight : InFlight {
    kafka::ConsumedRecord record;
    std::chrono::steady_clock::time_point consumed_at;
    std::chrono::steady_clock::time_point
        fetched_at;  ///< When its last frame came; not set: it waited for none.
    protocol::Envelope envelope;
    std::vector<StoredFrame> frames;  ///< One per frame of the envelope.
    std::size_t unfetched = 0;        ///< Frames that are wanted, asked or awaited.
    std::size_t next_to_ask = 0;      ///< Of the frames, the first that may have to be asked for.
    std::size_t first_open = 0;       ///< Of the frames, the first that may not be fetched yet.
    std::size_t reserved = 0;         ///< Of its bytes, those of frames that were asked for.
    Fault fault = Fault::invalid;     ///< Of a message that cannot be used.
    std::string dead_letter_reason;   ///< Not empty: the message cannot be used.
    std::optional<zmq::OutgoingMessage> outgoing;  ///< Built when its turn to be sent comes.

    void forget_frames() {
        frames.clear();
        unfetched = 0;
        next_to_ask = 0;
        first_open = 0;
        reserved = 0;
    }
    /// It will be a dead letter: no frame of it is waited for any more.
    void give_up(Fault why, std::string reason) {
        fault = why;
        dead_letter_reason = std::move(reason);
        forget_frames();
    }

    Recycled recycle() {
        constexpr std::size_t max_kept_frames = 64;
        record = {};
        fetched_at = {};
        forget_frames();
        dead_letter_reason.clear();
        outgoing.reset();
        return frames.capacity() > max_kept_frames || envelope.frames.capacity() > max_kept_frames
                   ? Recycled::too_large
                   : Recycled::reusable;
    }
};

}  // namespace framebridge::source
