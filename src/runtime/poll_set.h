#pragma once

#include <zmq.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace framebridge::runtime {

/// What to be woken for. A type of its own, as poll(2)'s and zmq_poll's constants are other numbers.
enum class PollEvents : short {
    readable = ZMQ_POLLIN,
    writable = ZMQ_POLLOUT,
    both = ZMQ_POLLIN | ZMQ_POLLOUT,
};

/// What an adapter's one thread sleeps on: each stage adds its sockets and, at most, how long it may sleep.
/// An adapter is a loop: every stage advances as far as it can without blocking, then all sleep together.
class PollSet {
  public:
    using Clock = std::chrono::steady_clock;

    void add_socket(void* zmq_socket, PollEvents events) {
        items_.push_back({zmq_socket, 0, static_cast<short>(events), 0});
    }
    void add_fd(int fd, PollEvents events) { items_.push_back({nullptr, fd, static_cast<short>(events), 0}); }
    void wake_at(Clock::time_point when) { deadline_ = std::min(deadline_, when); }

    /// Sleeps until something added is ready or the earliest wake_at, then forgets all that was added.
    void wait();

  private:
    std::vector<zmq_pollitem_t> items_;
    Clock::time_point deadline_ = Clock::time_point::max();
};

}  // namespace framebridge::runtime
