#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "kafka/topic_admin.h"

namespace framebridge::sink {

/// What to do about a topic of which Kafka keeps only the last record of each key (cleanup.policy=compact):
/// all frames of a source but one are lost.
enum class CompactedTopicPolicy {
    refuse,  ///< Do not start; while running: receive nothing until it is changed. `compact,delete`: warn.
    warn,
    off,
};

/// Looks at the topic's cleanup.policy at the start and then once a minute, on its own thread.
class CompactedTopicWatch {
  public:
    /// Asks for the topic's configuration; nullopt with a reason in `error`.
    using Ask = std::function<std::optional<kafka::TopicRetention>(std::string& error)>;

    /// Asks once. Throws Failure (misconfigured) for a topic that the policy refuses.
    CompactedTopicWatch(std::string topic, CompactedTopicPolicy policy, Ask ask,
                        std::chrono::milliseconds interval = std::chrono::minutes(1));
    CompactedTopicWatch(const CompactedTopicWatch&) = delete;
    CompactedTopicWatch& operator=(const CompactedTopicWatch&) = delete;

    /// Why nothing may be produced now; empty if it may. Safe to call from any thread.
    [[nodiscard]] std::string problem() const;

  private:
    void look();
    void watch(const std::stop_token& stop);

    std::string topic_;
    CompactedTopicPolicy policy_;
    Ask ask_;
    std::chrono::milliseconds interval_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::string problem_;
    std::string warning_;
    std::jthread thread_;  // Last: it uses the others.
};

}  // namespace framebridge::sink
