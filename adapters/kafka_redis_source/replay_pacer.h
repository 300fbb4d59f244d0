#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "kafka_redis_source/replay_config.h"
#include "kafka_redis_source/replay_filter.h"

namespace framebridge::source {

/// When each message of a replay is due: within a source by its frames' dts, the sources in step with each
/// other by creation time, or by Kafka's timestamps where a frame has none.
class ReplayPacer {
  public:
    using Clock = std::chrono::steady_clock;
    explicit ReplayPacer(Pace pace) : pace_(pace) {}

    /// To be asked once for each message, in the order of its source. `now` when there is no pace.
    Clock::time_point due(const ReplayedMessage& message, std::chrono::milliseconds timestamp,
                          Clock::time_point now);

  private:
    /// A moment of the recording and the source's dts at it.
    struct Anchor {
        double recorded;
        double dts;
        double last_dts;
    };
    Pace pace_;
    std::optional<Clock::time_point> start_;
    double recorded_start_ = 0;  ///< Seconds since the Unix epoch.
    std::map<std::string, Anchor, std::less<>> anchors_;
    std::map<std::string, Clock::time_point, std::less<>> last_due_;
};

}  // namespace framebridge::source
