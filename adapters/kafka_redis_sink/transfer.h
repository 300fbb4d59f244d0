#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/protocol/envelope.h"
#include "zmq/receiver.h"

namespace framebridge::sink {

/// Where a message is on its way through the sink. `storing` ends with the last outcome of the store, in any
/// order; the other steps are taken in the order in which the messages were received. The last four are ends.
enum class TransferState { storing, ready, producing, delivered, dead_lettered, dropped, ignored };

/// The bytes of one frame on their way into the store.
struct FrameContent {
    std::vector<std::string_view> parts;  ///< Into the message's extra parts, or its body.
    std::uint64_t size = 0;
    std::string key;
    std::string hash;
    std::string joined;  ///< The parts in one piece, where one is needed.

    void clear() {
        parts.clear();
        size = 0;
        key.clear();
        hash.clear();
        joined.clear();
    }
};

/// One message on its way through the sink. Its views point into its own `received`, so it never moves.
struct Transfer {
    using Clock = std::chrono::steady_clock;

    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    [[nodiscard]] std::string_view body() const { return {received.body.data<char>(), received.body.size()}; }
    [[nodiscard]] std::string_view topic() const {
        return {received.topic.data<char>(), received.topic.size()};
    }

    [[nodiscard]] bool finished() const { return state >= TransferState::delivered; }

    /// Lets go of the message. False: there was so much of it that its memory is not to be kept for later
    /// ones.
    [[nodiscard]] bool recycle() {
        constexpr std::size_t most_kept = 16;
        constexpr std::size_t most_bytes_kept = std::size_t{16} << 10;
        const bool small =
            received.attachments.capacity() <= most_kept && envelope.frames.capacity() <= most_kept &&
            received.body.size() <= most_bytes_kept && value.capacity() <= most_bytes_kept &&
            std::all_of(frames.begin(), frames.end(),
                        [](const auto& frame) { return frame.joined.capacity() <= most_bytes_kept; });
        received.routing_id.rebuild();
        received.request.clear();
        received.topic.rebuild();
        received.body.rebuild();
        received.attachments.clear();
        contents.clear();
        unstored = 0;
        value.clear();
        dead_letter_reason.clear();
        state = TransferState::storing;
        return small;
    }

    std::uint64_t number = 0;
    zmq::ReceivedMessage received;
    Clock::time_point received_at;
    protocol::Envelope envelope;
    std::vector<FrameContent> frames;  ///< One per frame of the envelope.
    std::vector<std::optional<protocol::Content>>
        contents;                    ///< What becomes of each frame's content; nullopt: it stays.
    std::size_t unstored = 0;        ///< Frames without an outcome of the store.
    std::size_t bytes = 0;           ///< Held by this transfer.
    std::string value;               ///< What Kafka gets, unless it is the body as it came.
    std::string dead_letter_reason;  ///< Not empty: the message cannot be used.
    TransferState state = TransferState::storing;
};

/// The messages in work, in the order received. Their memory is used again for later ones.
class TransferWindow {
  public:
    /// A transfer to receive into, not in work yet.
    [[nodiscard]] Transfer& spare() {
        if (spares_.empty()) {
            spares_.push_back(std::make_unique<Transfer>());
        }
        return *spares_.back();
    }
    /// Takes spare() into work.
    Transfer& add(Transfer::Clock::time_point now) {
        auto& transfer = spare();
        transfer.number = next_number_++;
        transfer.received_at = now;
        transfers_.push_back(std::move(spares_.back()));
        spares_.pop_back();
        return transfer;
    }
    [[nodiscard]] Transfer& at(std::uint64_t number) {
        return *transfers_[number - transfers_.front()->number];
    }
    [[nodiscard]] bool contains(std::uint64_t number) const {
        return !transfers_.empty() && number >= transfers_.front()->number && number < next_number_;
    }
    [[nodiscard]] Transfer& front() { return *transfers_.front(); }
    void pop_front() {
        hold(front(), 0);
        if (front().recycle()) {
            spares_.push_back(std::move(transfers_.front()));
        }
        transfers_.pop_front();
    }
    /// Notes that `transfer` holds so many bytes now.
    void hold(Transfer& transfer, std::size_t bytes) {
        bytes_ += bytes - transfer.bytes;
        transfer.bytes = bytes;
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return transfers_.empty(); }
    [[nodiscard]] std::size_t size() const { return transfers_.size(); }

  private:
    std::deque<std::unique_ptr<Transfer>> transfers_;
    std::vector<std::unique_ptr<Transfer>> spares_;
    std::size_t bytes_ = 0;
    std::uint64_t next_number_ = 0;
};

}  // namespace framebridge::sink
