#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/store_request.h"

namespace framebridge::store {

/// The requests of a store that are to be sent, by their sequence, and those that wait for something else.
class RequestQueue {
  public:
    using Clock = std::chrono::steady_clock;

    /// A new request, which belongs to the queue; its memory is used again after release().
    StoreRequest& create(Token token, std::string_view key, StoreRequest::Kind kind);
    /// It is done. Those that waited for it are queued again, to begin with `first_step`.
    void release(StoreRequest& request, Step first_step);

    void enqueue(StoreRequest& request);
    /// Behind all others.
    void enqueue_last(StoreRequest& request);
    void enqueue_later(StoreRequest& request, Clock::time_point due);
    /// Queues what enqueue_later() kept until now.
    void wake(Clock::time_point now);
    /// When wake() has something to do next.
    [[nodiscard]] Clock::time_point next_wake() const;

    [[nodiscard]] bool empty() const { return ready_.empty(); }
    [[nodiscard]] StoreRequest& front() const { return *ready_.front(); }
    void pop() { ready_.pop_front(); }
    /// To be sent, now or later.
    [[nodiscard]] std::size_t size() const { return ready_.size() + later_.size(); }
    /// Above the sequences of all requests so far.
    [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }

    /// Whether this request is the one that stores its key's content; if another one does, it waits for it.
    bool may_store(StoreRequest& request);

  private:
    std::deque<StoreRequest> all_;
    std::vector<StoreRequest*> free_;
    std::uint64_t next_sequence_ = 0;
    std::deque<StoreRequest*> ready_;
    std::multimap<Clock::time_point, StoreRequest*> later_;
    std::unordered_map<std::string_view, StoreRequest*> storing_;
};

}  // namespace framebridge::store
