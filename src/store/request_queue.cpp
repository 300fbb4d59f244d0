#include "store/request_queue.h"

#include <algorithm>
#include <utility>

namespace framebridge::store {

StoreRequest& RequestQueue::create(Token token, std::string_view key, StoreRequest::Kind kind) {
    if (free_.empty()) {
        free_.push_back(&all_.emplace_back());
    }
    StoreRequest& request = *free_.back();
    free_.pop_back();
    request.sequence = next_sequence_++;
    request.token = token;
    request.kind = kind;
    request.key = key;
    request.parts.clear();
    request.size = 0;
    request.failures = 0;
    request.successes_before = 0;
    request.script_unknown = false;
    request.bytes_sent = false;
    return request;
}

void RequestQueue::release(StoreRequest& request, Step first_step) {
    if (std::exchange(request.storing, false)) {
        storing_.erase(request.key);
        for (StoreRequest* follower : request.followers) {
            follower->step = first_step;
            enqueue(*follower);
        }
        request.followers.clear();
    }
    free_.push_back(&request);
}

void RequestQueue::enqueue(StoreRequest& request) {
    const auto place = std::upper_bound(
        ready_.begin(), ready_.end(), request.sequence,
        [](std::uint64_t sequence, const StoreRequest* other) { return sequence < other->sequence; });
    ready_.insert(place, &request);
}

void RequestQueue::enqueue_last(StoreRequest& request) {
    request.sequence = next_sequence_++;
    ready_.push_back(&request);
}

void RequestQueue::enqueue_later(StoreRequest& request, Clock::time_point due) {
    later_.emplace(due, &request);
}

void RequestQueue::wake(Clock::time_point now) {
    const auto end = later_.upper_bound(now);
    for (auto entry = later_.begin(); entry != end; ++entry) {
        enqueue_last(*entry->second);
    }
    later_.erase(later_.begin(), end);
}

RequestQueue::Clock::time_point RequestQueue::next_wake() const {
    return later_.empty() ? Clock::time_point::max() : later_.begin()->first;
}

bool RequestQueue::may_store(StoreRequest& request) {
    if (!request.storing) {
        const auto [place, first] = storing_.try_emplace(request.key, &request);
        if (!first) {
            place->second->followers.push_back(&request);
            return false;
        }
        request.storing = true;
    }
    return true;
}

}  // namespace framebridge::store
