#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace framebridge {

/// What every message in flight has. It never moves, so that views may point into it.
struct InFlight {
    InFlight() = default;
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    std::uint64_t number = 0;  ///< Ascending in the order in which the messages came.
    std::size_t bytes = 0;     ///< That this message holds, see MessagesInFlight::hold().
};

/// Whether a message's memory is worth keeping for a later one.
enum class Recycled { reusable, too_large };

/// The messages in flight, in the order in which they came. A message's memory is used again for later ones.
/// `Message` derives from InFlight and has `Recycled recycle()`, which releases what it held.
template <typename Message>
class MessagesInFlight {
  public:
    /// A message to fill in. It is not in flight before add().
    [[nodiscard]] Message& spare() {
        if (spares_.empty()) {
            spares_.push_back(std::make_unique<Message>());
        }
        return *spares_.back();
    }
    /// Puts spare() in flight, behind all others.
    Message& add() {
        auto& message = spare();
        message.number = next_number_++;
        messages_.push_back(std::move(spares_.back()));
        spares_.pop_back();
        return message;
    }
    /// Null for a message that is not in flight any more.
    [[nodiscard]] Message* find(std::uint64_t number) {
        if (messages_.empty() || number < messages_.front()->number) {
            return nullptr;
        }
        // As long as none was taken out of the middle, this is its place; else its place is before.
        const auto place = number - messages_.front()->number;
        if (place < messages_.size() && messages_[place]->number == number) {
            return messages_[place].get();
        }
        const auto end =
            messages_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(place, messages_.size()));
        const auto found = std::lower_bound(
            messages_.begin(), end, number,
            [](const auto& message, std::uint64_t wanted) { return message->number < wanted; });
        return found != end && (*found)->number == number ? found->get() : nullptr;
    }
    [[nodiscard]] Message& front() { return *messages_.front(); }
    void pop_front() {
        release(std::move(messages_.front()));
        messages_.pop_front();
    }
    /// Takes one message out of flight, wherever it stands.
    void remove(const Message& gone) {
        const auto place = std::find_if(messages_.begin(), messages_.end(),
                                        [&gone](const auto& message) { return message.get() == &gone; });
        release(std::move(*place));
        messages_.erase(place);
    }
    /// Notes that `message` holds so many bytes now.
    void hold(Message& message, std::size_t bytes) {
        bytes_ += bytes - message.bytes;
        message.bytes = bytes;
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return messages_.empty(); }
    [[nodiscard]] std::size_t size() const { return messages_.size(); }
    /// The message at `place`, counted from the front.
    [[nodiscard]] Message& operator[](std::size_t place) { return *messages_[place]; }
    /// The number that the next message will have.
    [[nodiscard]] std::uint64_t next_number() const { return next_number_; }

  private:
    void release(std::unique_ptr<Message> message) {
        hold(*message, 0);
        if (message->recycle() == Recycled::reusable) {
            spares_.push_back(std::move(message));
        }
    }

    std::deque<std::unique_ptr<Message>> messages_;
    std::vector<std::unique_ptr<Message>> spares_;
    std::uint64_t next_number_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace framebridge
