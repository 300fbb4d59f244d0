#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "runtime/backoff.h"
#include "store/store_request.h"

namespace framebridge::store {

/// When a request may be sent, and when it is sent again after it failed.
class RetryPolicy {
  public:
    using Clock = std::chrono::steady_clock;

    RetryPolicy(std::chrono::milliseconds first_pause, std::chrono::milliseconds max_pause)
        : backoff_(first_pause, max_pause), max_pause_(max_pause) {}

    /// Whether a request of this step and sequence may be sent while those from `oldest_in_flight` on are.
    [[nodiscard]] bool allows(const StoreRequest& request, std::optional<std::uint64_t> newest_in_flight,
                              Clock::time_point now) const {
        if (now < paused_until_) {
            return false;
        }
        if (newest_in_flight && std::min(request.sequence, *newest_in_flight) < alone_below_) {
            return false;
        }
        return failing_ != request.step || in_flight(request.step) == 0;
    }
    [[nodiscard]] Clock::time_point paused_until() const { return paused_until_; }

    void sent(Step step) { ++in_flight_[static_cast<std::size_t>(step)]; }
    void answered(Step step) { --in_flight_[static_cast<std::size_t>(step)]; }
    void disconnected() { in_flight_ = {}; }

    /// The store did what was asked. Whether that ends its failing.
    bool succeeded(Step step) {
        ++successes_[static_cast<std::size_t>(step)];
        if (failing_ && *failing_ != step) {
            return false;
        }
        backoff_.reset();
        return std::exchange(failing_, std::nullopt).has_value();
    }
    /// The store cannot do it now: nothing is sent for a while, then one request of this step at a time,
    /// until one succeeds. Otherwise a full store would be sent the whole window again and again.
    void failed(Step step, Clock::time_point now) {
        failing_ = step;
        if (now >= paused_until_) {
            paused_until_ = now + backoff_.next();
        }
    }
    /// As failed(), but on another connection.
    void failed_here(Step step) { failing_ = step; }
    /// An error that may be this request's alone. If others of its step succeeded since it last failed, it
    /// waits alone: until when. Else the store has failed.
    std::optional<Clock::time_point> failed_alone(StoreRequest& request, Clock::time_point now) {
        const std::uint64_t successes = successes_[static_cast<std::size_t>(request.step)];
        const bool alone = request.failures > 1 && successes > request.successes_before;
        request.successes_before = successes;
        if (!alone) {
            failed(request.step, now);
            return std::nullopt;
        }
        return now +
               std::min(max_pause_, std::chrono::milliseconds(100) * (1U << std::min(request.failures, 10U)));
    }
    /// One of those sent so far broke the stream: they are sent one by one. A server that reads ahead (KeyDB)
    /// answers a command that it cannot read before those it was sent earlier, so that the error's place does
    /// not tell whose it is.
    void send_alone_below(std::uint64_t sequence) { alone_below_ = sequence; }

    [[nodiscard]] bool failing() const { return failing_.has_value(); }
    /// How long to wait until the next connection.
    Clock::duration next_pause() { return backoff_.next(); }

  private:
    [[nodiscard]] std::size_t in_flight(Step step) const {
        return in_flight_[static_cast<std::size_t>(step)];
    }

    runtime::Backoff backoff_;
    std::chrono::milliseconds max_pause_;
    std::array<std::size_t, step_count> in_flight_{};
    std::array<std::uint64_t, step_count> successes_{};
    std::optional<Step> failing_;
    Clock::time_point paused_until_{};
    std::uint64_t alone_below_ = 0;
};

}  // namespace framebridge::store
