#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace framebridge::runtime {

/// Lets one log message through per interval and counts those it held back.
class RateLimit {
  public:
    using Clock = std::chrono::steady_clock;
    explicit RateLimit(Clock::duration interval = std::chrono::seconds(5)) : interval_(interval) {}

    /// How many were held back since the last that passed, if this one may pass; else nullopt.
    std::optional<std::uint64_t> pass(Clock::time_point now = Clock::now()) {
        if (passed_ && now - *passed_ < interval_) {
            ++held_back_;
            return std::nullopt;
        }
        passed_ = now;
        return std::exchange(held_back_, 0);
    }

  private:
    Clock::duration interval_;
    std::optional<Clock::time_point> passed_;
    std::uint64_t held_back_ = 0;
};

}  // namespace framebridge::runtime
