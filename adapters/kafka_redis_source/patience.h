#pragma once

#include <chrono>
#include <optional>

namespace framebridge::source {

/// How long a partition has waited for strangers' stores: within an hour, no longer in all than the limit.
class Patience {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Patience(Clock::duration limit) : limit_(limit) {}

    void waiting(Clock::time_point now) {
        if (now - hour_began_ >= std::chrono::hours(1)) {
            hour_began_ = now;
            spent_ = {};
            since_.reset();
        }
        since_ = since_.value_or(now);
    }
    void not_waiting(Clock::time_point now) {
        if (since_) {
            spent_ += now - *since_;
            since_.reset();
        }
    }
    [[nodiscard]] bool at_an_end(Clock::time_point now) const { return now >= ends_at(now); }
    /// When it ends, if the partition goes on waiting.
    [[nodiscard]] Clock::time_point ends_at(Clock::time_point now) const {
        return since_.value_or(now) + (limit_ - spent_);
    }

  private:
    Clock::duration limit_;
    Clock::duration spent_{};
    Clock::time_point hour_began_ = Clock::now();
    std::optional<Clock::time_point> since_;
};

}  // namespace framebridge::source
