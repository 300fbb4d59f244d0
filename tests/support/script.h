#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "runtime/poll_set.h"

namespace framebridge::testing {

/// Counts what happens at a scenario's fakes: a turn of the adapter's loop in which nothing happened shows
/// that it has come to rest.
inline std::uint64_t fake_events = 0;

/// What a scenario does to its fakes, step by step, each in answer to an event. The scenario is over with the
/// first rest behind its last step.
class Script {
  public:
    using Step = std::function<void()>;
    using Condition = std::function<bool()>;

    /// Next, once the adapter has come to rest.
    Script& at_rest(Step step) {
        steps_.push_back({nullptr, std::move(step)});
        return *this;
    }
    /// Next, once `condition` holds.
    Script& when(Condition condition, Step step = [] {}) {
        steps_.push_back({std::move(condition), std::move(step)});
        return *this;
    }
    /// To be called once a turn of the adapter's loop. Returns whether the scenario is over; one that takes
    /// far too long has failed.
    bool turn() {
        const bool rests = std::exchange(seen_, fake_events) == fake_events;
        if (runtime::PollSet::Clock::now() > deadline_) {
            ADD_FAILURE() << "the scenario did not end: " << steps_.size() << " steps are left";
            steps_.clear();
            return true;
        }
        if (steps_.empty()) {
            return rests;
        }
        const auto& condition = steps_.front().condition;
        if (condition ? condition() : rests) {
            const auto step = std::move(steps_.front().action);
            steps_.pop_front();
            ++fake_events;
            step();
        }
        return false;
    }

  private:
    struct Entry {
        Condition condition;  // None: the adapter is at rest.
        Step action;
    };
    std::deque<Entry> steps_;
    std::uint64_t seen_ = 0;
    runtime::PollSet::Clock::time_point deadline_ = runtime::PollSet::Clock::now() + std::chrono::seconds(30);
};

}  // namespace framebridge::testing
