#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/fault.h"
#include "common/messages_in_flight.h"
#include "framebridge/protocol/envelope.h"
#include "zmq/receiver.h"

namespace framebridge::sink {

/// Where a message is on its way through the sink. `storing` ends with the last outcome of the store, in any
/// order; the next steps are taken in the order in which the messages were received. `renewing` comes between
/// `delivered` and the acknowledgement, for frames stored long ago. The last four are ends.
enum class MessageState { storing, ready, producing, renewing, delivered, dead_lettered, dropped, ignored };

/// The bytes of one frame on their way into the store.
struct FrameContent {
    std::vector<std::string_view> parts;  ///< Into the message's extra parts, or its body.
    std::uint64_t size = 0;
    std::string key;
    std::string hash;
    std::string joined;                ///< The parts in one piece, where one is needed.
    std::chrono::milliseconds ttl{0};  ///< That it was last stored with; 0: for ever.
    std::chrono::steady_clock::time_point
        confirmed_at;  ///< When the store last confirmed it; not set: never.

    void clear() {
        parts.clear();
        size = 0;
        key.clear();
        hash.clear();
        joined.clear();
        ttl = {};
        confirmed_at = {};
    }
};

/// One message on its way through the sink. Its views point into its own `received`.
struct MessageInFlight : InFlight {
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] std::string_view body() const { return {received.body.data<char>(), received.body.size()}; }
    [[nodiscard]] std::string_view topic() const {
        return {received.topic.data<char>(), received.topic.size()};
    }
    [[nodiscard]] std::size_t received_bytes() const {
        return std::accumulate(received.attachments.begin(), received.attachments.end(), received.body.size(),
                               [](std::size_t sum, const auto& part) { return sum + part.size(); });
    }
    /// Of the record's value.
    [[nodiscard]] std::size_t record_bytes() const {
        return value.empty() ? received.body.size() : value.size();
    }
    [[nodiscard]] bool is_finished() const { return state >= MessageState::delivered; }
    [[nodiscard]] bool is_stored() const {
        return std::any_of(frames.begin(), frames.end(),
                           [](const auto& frame) { return frame.confirmed_at != Clock::time_point{}; });
    }
    [[nodiscard]] bool is_bad() const { return !dead_letter_reason.empty(); }
    /// It cannot be used.
    void reject(Fault why, std::string reason) {
        fault = why;
        dead_letter_reason = std::move(reason);
    }

    [[nodiscard]] Recycled recycle() {
        constexpr std::size_t max_kept = 16;
        constexpr std::size_t max_bytes_kept = std::size_t{16} << 10;
        const bool is_small =
            received.attachments.capacity() <= max_kept && envelope.frames.capacity() <= max_kept &&
            received.body.size() <= max_bytes_kept && value.capacity() <= max_bytes_kept &&
            std::all_of(frames.begin(), frames.end(),
                        [](const auto& frame) { return frame.joined.capacity() <= max_bytes_kept; });
        received.routing_id.rebuild();
        received.request.clear();
        received.topic.rebuild();
        received.body.rebuild();
        received.attachments.clear();
        std::for_each(frames.begin(), frames.end(), [](auto& frame) { frame.clear(); });
        contents.clear();
        record_parts.clear();
        unstored = 0;
        value.clear();
        dead_letter_reason.clear();
        state = MessageState::storing;
        return is_small ? Recycled::reusable : Recycled::too_large;
    }

    zmq::ReceivedMessage received;
    Clock::time_point received_at;
    Clock::time_point produced_at;  ///< When it was handed to the producer.
    protocol::Envelope envelope;
    std::vector<FrameContent> frames;  ///< One per frame of the envelope.
    /// What becomes of each frame's content; nullopt: it stays.
    std::vector<std::optional<protocol::Content>> contents;
    std::vector<std::string_view> record_parts;  ///< Extra parts that travel with the record.
    std::size_t unstored = 0;                    ///< Frames whose outcome the store owes.
    std::string value;                           ///< What Kafka gets, unless it is the body as it came.
    Fault fault = Fault::invalid;                ///< Of a message that cannot be used.
    std::string dead_letter_reason;              ///< Not empty: the message cannot be used.
    MessageState state = MessageState::storing;
};

using SinkMessages = MessagesInFlight<MessageInFlight>;

}  // namespace framebridge::sink
