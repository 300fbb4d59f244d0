#pragma once

#include <chrono>

#include "runtime/health.h"
#include "runtime/poll_set.h"

namespace framebridge {

using runtime::Health;

/// Parts of an adapter, as its health names them.
inline constexpr auto kafka_part = "Kafka";
inline constexpr auto pipeline_part = "pipeline";

/// A loop's report to its Health, about once a second.
class HealthReporter {
  public:
    explicit HealthReporter(Health& health) : health_(health) {}

    /// `report` tells the health of each part.
    template <typename Report>
    void report_if_due(Report report) {
        const auto now = runtime::PollSet::Clock::now();
        if (now >= due_) {
            due_ = now + std::chrono::seconds(1);
            report(health_);
            health_.started();
            health_.turned();
        }
    }
    void add_to(runtime::PollSet& poll_set) const { poll_set.wake_at(due_); }

  private:
    Health& health_;
    runtime::PollSet::Clock::time_point due_;
};

}  // namespace framebridge
