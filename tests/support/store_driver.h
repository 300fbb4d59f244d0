#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/frame_store.h"

namespace framebridge::test {

/// Drives a store as an adapter's loop does, and keeps the outcomes.
class StoreDriver {
  public:
    explicit StoreDriver(store::FrameStore& store) : store_(store) {}

    /// One turn of the loop: advance, then sleep until the store has something to do, at most `most`.
    void turn(std::chrono::milliseconds most = std::chrono::milliseconds(20)) {
        std::vector<store::Outcome> due;
        store_.advance(due);
        for (store::Outcome& outcome : due) {
            repeated_ += outcomes.contains(outcome.token) ? 1 : 0;
            outcomes[outcome.token] = std::move(outcome);
        }
        if (due.empty()) {
            store_.add_to(poll_set_);
            poll_set_.wake_at(runtime::PollSet::Clock::now() + most);
            poll_set_.wait();
        }
    }
    bool run_until(const std::function<bool()>& condition,
                   std::chrono::milliseconds deadline = std::chrono::seconds(30)) {
        const auto end = runtime::PollSet::Clock::now() + deadline;
        while (!condition()) {
            if (runtime::PollSet::Clock::now() >= end) {
                return false;
            }
            turn();
        }
        return true;
    }
    /// Whether `count` requests got their outcomes, each one.
    bool wait_for(std::size_t count, std::chrono::milliseconds deadline = std::chrono::seconds(30)) {
        return run_until([&] { return outcomes.size() >= count; }, deadline) && outcomes.size() == count &&
               repeated_ == 0;
    }
    [[nodiscard]] std::size_t count(store::Status status) const {
        std::size_t found = 0;
        for (const auto& [token, outcome] : outcomes) {
            found += outcome.status == status ? 1 : 0;
        }
        return found;
    }

    std::map<store::Token, store::Outcome> outcomes;

  private:
    store::FrameStore& store_;
    runtime::PollSet poll_set_;
    std::size_t repeated_ = 0;
};

}  // namespace framebridge::test
