#pragma once

#include <chrono>
#include <optional>

namespace framebridge::video_source {

/// When a stream's frames are due, so that they leave at the pace of their own times.
class Pacer {
  public:
    using Clock = std::chrono::steady_clock;
    using Time = std::chrono::nanoseconds;

    /// The first frame is due so long after its first due() was asked for.
    explicit Pacer(Time start_delay = Time(0)) : start_delay_(start_delay) {}

    /// A frame at `time` that lasts `duration`, next in order. Whoever is late by more than a second (the
    /// peer did not take frames) is not made to catch up: the rest is as late.
    Clock::time_point due(Time time, Time duration, Clock::time_point now) {
        if (!start_) {
            start_ = end_.value_or(now + start_delay_) - time;
        }
        if (*start_ + time + most_late < now) {
            start_ = now - time;
        }
        const auto due = *start_ + time;
        end_ = due + duration;
        return due;
    }
    /// The next frame's time has nothing to do with the last one's: it follows when that one is over.
    void restart() { start_.reset(); }

  private:
    static constexpr std::chrono::seconds most_late{1};
    Time start_delay_;
    std::optional<Clock::time_point> start_;
    std::optional<Clock::time_point> end_;
};

}  // namespace framebridge::video_source
