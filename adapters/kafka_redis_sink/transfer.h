#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/protocol/envelope.h"
#include "framebridge/zmq/receiver.h"

namespace framebridge {

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
};

/// One message on its way through the sink. Its views point into its own `received`, so it never moves.
struct Transfer {
    explicit Transfer(std::uint64_t number, ReceivedMessage message)
        : number(number), received(std::move(message)), received_at(std::chrono::steady_clock::now()) {}
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    [[nodiscard]] std::string_view body() const { return {received.body.data<char>(), received.body.size()}; }
    [[nodiscard]] std::string_view topic() const {
        return {received.topic.data<char>(), received.topic.size()};
    }

    [[nodiscard]] bool finished() const { return state >= TransferState::delivered; }

    std::uint64_t number;
    ReceivedMessage received;
    std::chrono::steady_clock::time_point received_at;
    Envelope envelope;
    std::vector<FrameContent> frames;  ///< One per frame of the envelope.
    std::vector<std::optional<Content>>
        contents;                    ///< What becomes of each frame's content; nullopt: it stays.
    std::size_t unstored = 0;        ///< Frames without an outcome of the store.
    std::size_t bytes = 0;           ///< Held by this transfer.
    std::string value;               ///< What Kafka gets, unless it is the body as it came.
    std::string dead_letter_reason;  ///< Not empty: the message cannot be used.
    TransferState state = TransferState::storing;
};

/// The messages in work, in the order received.
class TransferWindow {
  public:
    Transfer& add(ReceivedMessage message) {
        return transfers_.emplace_back(next_number_++, std::move(message));
    }
    [[nodiscard]] Transfer& at(std::uint64_t number) {
        return transfers_[number - transfers_.front().number];
    }
    [[nodiscard]] bool contains(std::uint64_t number) const {
        return !transfers_.empty() && number >= transfers_.front().number && number < next_number_;
    }
    [[nodiscard]] Transfer& front() { return transfers_.front(); }
    void pop_front() {
        hold(front(), 0);
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
    std::deque<Transfer> transfers_;
    std::size_t bytes_ = 0;
    std::uint64_t next_number_ = 0;
};

}  // namespace framebridge
