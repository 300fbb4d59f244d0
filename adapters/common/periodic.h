#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "runtime/poll_set.h"

namespace framebridge {

/// Something an adapter's loop does about once a second: telling its health, its lag.
class Periodic {
  public:
    void set(std::function<void()> hook) { hook_ = std::move(hook); }
    void run_if_due() {
        const auto now = runtime::PollSet::Clock::now();
        if (!hook_ || now < due_) {
            return;
        }
        due_ = now + std::chrono::seconds(1);
        hook_();
    }
    void add_to(runtime::PollSet& poll_set) const {
        if (hook_) {
            poll_set.wake_at(due_);
        }
    }

  private:
    std::function<void()> hook_;
    runtime::PollSet::Clock::time_point due_;
};

}  // namespace framebridge
