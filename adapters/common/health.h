#pragma once

#include <chrono>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/poll_set.h"

namespace framebridge {

/// What is wrong now, one line each: told by the adapter's thread, read by the metrics server's. Nothing
/// heard of the adapter's loop for a few seconds is wrong as well.
class Health {
  public:
    using Clock = std::chrono::steady_clock;
    /// A loop reports once a second; one that has not for so long is stuck.
    static constexpr auto max_silence = std::chrono::seconds(5);

    void set(std::string problems, Clock::time_point now = Clock::now()) {
        const std::lock_guard lock(mutex_);
        problems_ = std::move(problems);
        told_at_ = now;
    }
    /// Empty if nothing is wrong.
    [[nodiscard]] std::string problems(Clock::time_point now = Clock::now()) const {
        const std::lock_guard lock(mutex_);
        if (told_at_ == Clock::time_point{} || now - told_at_ < max_silence) {
            return problems_;
        }
        const auto silence = std::chrono::duration_cast<std::chrono::seconds>(now - told_at_).count();
        return "the adapter's loop has stood still for " + std::to_string(silence) + " s\n" + problems_;
    }

  private:
    mutable std::mutex mutex_;
    std::string problems_ = "starting\n";
    Clock::time_point told_at_;  // Not set: still starting.
};

/// The problems that there are (empty ones are none), one line each, as Health takes them.
inline std::string join_problems(std::initializer_list<std::string_view> problems) {
    std::string lines;
    for (const auto problem : problems) {
        if (!problem.empty()) {
            lines.append(problem).append(1, '\n');
        }
    }
    return lines;
}

/// A loop's report to its Health, about once a second.
class HealthReporter {
  public:
    explicit HealthReporter(Health& health) : health_(health) {}

    template <typename Problems>
    void report_if_due(Problems problems) {
        const auto now = runtime::PollSet::Clock::now();
        if (now >= due_) {
            due_ = now + std::chrono::seconds(1);
            health_.set(problems(), now);
        }
    }
    void add_to(runtime::PollSet& poll_set) const { poll_set.wake_at(due_); }

  private:
    Health& health_;
    runtime::PollSet::Clock::time_point due_;
};

}  // namespace framebridge
