#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

namespace framebridge::zmq {

/// Tells which of the messages that were handed to a socket have reached the kernel, from the moments at
/// which libzmq releases them. libzmq collects up to 8192 bytes (its out_batch_size) between a message's
/// release and write(2), so a message is past that only when as many bytes of later ones were released too.
/// What the kernel may hold of it counts the same way where that is lost with this process.
/// Must outlive the socket's context: the flags are set on its thread.
class ReleaseTracker {
  public:
    static constexpr std::uint64_t libzmq_batch = 8192;

    explicit ReleaseTracker(std::uint64_t kernel_bytes = 0) : held_back_(libzmq_batch + kernel_bytes) {}

    /// Notes one more message of `bytes` on the wire; returns the flag to be set when it is released.
    std::atomic<bool>& add(std::uint64_t bytes) {
        total_bytes_ += bytes;
        return waiting_.emplace_back(total_bytes_).released;
    }
    /// Takes back the last add: the message was not sent.
    void remove_last() {
        waiting_.pop_back();
        total_bytes_ = waiting_.empty() ? safe_bytes_ : waiting_.back().end;
    }
    /// Whether libzmq has released all messages.
    bool all_released() {
        take_released();
        return released_ == waiting_.size();
    }
    /// How many messages, from the first, are past all of that.
    std::uint64_t safe_count() {
        take_released();
        while (released_ > 0 && released_bytes_ - waiting_.front().end >= held_back_) {
            safe_bytes_ = waiting_.front().end;
            waiting_.pop_front();
            --released_;
            ++safe_;
        }
        return safe_;
    }

  private:
    void take_released() {
        while (released_ < waiting_.size() && waiting_[released_].released.load(std::memory_order_acquire)) {
            released_bytes_ = waiting_[released_++].end;
        }
    }

    struct Message {
        explicit Message(std::uint64_t end_byte) : end(end_byte) {}
        std::uint64_t end;  // Where the message ends in the stream of all bytes.
        std::atomic<bool> released{false};
    };
    std::uint64_t held_back_;
    std::deque<Message> waiting_;  // A deque: the flags stay where they are.
    std::size_t released_ = 0;     // How many of waiting_, from the first, are released.
    std::uint64_t total_bytes_ = 0;
    std::uint64_t released_bytes_ = 0;
    std::uint64_t safe_bytes_ = 0;
    std::uint64_t safe_ = 0;
};

}  // namespace framebridge::zmq
