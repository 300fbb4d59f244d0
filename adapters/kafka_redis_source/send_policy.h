#pragma once

#include <set>
#include <string>

#include "common/shutdown_order.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/message_in_flight.h"

namespace framebridge::source {

/// What becomes of a message that can be used, and whose frames have all been looked for.
enum class Verdict { send, skip };

/// Decides by --missing-frame and --on-shutdown. Messages of a source must come in order.
class SendPolicy {
  public:
    explicit SendPolicy(const SourceConfig& config)
        : missing_frame_(config.missing_frame), shutdown_(config) {}

    /// Throws Failure for a missing frame if the policy is to fail.
    [[nodiscard]] Verdict judge(const MessageInFlight& message);
    /// Whether a message ordered this adapter to stop.
    [[nodiscard]] bool stop_ordered() const { return shutdown_.stop_ordered(); }

  private:
    /// Whether the message's source waits for its next keyframe, and this message is not it. An end of stream
    /// ends the wait too.
    [[nodiscard]] bool waits_for_keyframe(const MessageInFlight& message);
    [[nodiscard]] Verdict judge_missing(const MessageInFlight& message);

    MissingFrame missing_frame_;
    ShutdownOrder shutdown_;
    std::set<std::string, std::less<>> resyncing_;  ///< Sources that wait for their next keyframe.
};

}  // namespace framebridge::source
