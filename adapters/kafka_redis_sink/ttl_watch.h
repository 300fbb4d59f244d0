#pragma once

#include <prometheus/gauge.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "common/periodic_thread.h"
#include "kafka/topic_admin.h"
#include "kafka_redis_sink/config.h"

namespace framebridge::sink {

/// How long frames are stored: knows the store's TTL, compares it with the topic's retention, once at start
/// and then every few minutes on its own thread (asking a broker blocks), and derives it where it is `auto`.
class TtlWatch {
  public:
    struct Config {
        std::string topic;
        std::optional<std::chrono::milliseconds> ttl;  ///< None: derived from the topic.
        TtlPolicy policy = TtlPolicy::warn;
        std::chrono::milliseconds interval = std::chrono::minutes(5);
    };
    /// Asks for the topic's retention, blocking for at most a few seconds; nullopt with a reason in `error`.
    using AskRetention = std::function<std::optional<kafka::TopicRetention>(std::string& error)>;

    /// Asks once. Throws Failure (misconfigured) if the TTL is too short and the policy is to refuse, or if
    /// it is to be derived and cannot be. `shortfall_seconds` tells how much longer than its frame a record
    /// can live.
    TtlWatch(Config config, AskRetention ask, prometheus::Gauge& shortfall_seconds);
    TtlWatch(const TtlWatch&) = delete;
    TtlWatch& operator=(const TtlWatch&) = delete;

    /// May change while running; 0 is for ever. Safe to call from any thread.
    [[nodiscard]] std::chrono::milliseconds ttl() const { return ttl_.load(); }

  private:
    std::string look();

    Config config_;
    AskRetention ask_;
    prometheus::Gauge& shortfall_seconds_;
    std::atomic<std::chrono::milliseconds> ttl_;
    std::optional<PeriodicThread> thread_;  // Last: it uses the others.
};

}  // namespace framebridge::sink
