#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/metrics.h"

namespace framebridge::sink {

/// Compares the store's TTL with the topic's retention, once at start and then every few minutes on its own
/// thread (asking a broker blocks), and derives the TTL where it is `auto`.
class TtlWatch {
  public:
    /// Looks once, blocking for at most a few seconds. Throws Failure (config) if the TTL is too short and
    /// the policy is to refuse, or if it is to be derived and cannot be.
    TtlWatch(const SinkConfig& config, SinkMetrics& metrics,
             std::chrono::milliseconds interval = std::chrono::minutes(5));
    TtlWatch(const TtlWatch&) = delete;
    TtlWatch& operator=(const TtlWatch&) = delete;

    /// In milliseconds; changes while running.
    [[nodiscard]] const std::atomic<std::chrono::milliseconds::rep>& ttl_ms() const { return ttl_ms_; }

  private:
    std::string look();

    const SinkConfig& config_;
    SinkMetrics& metrics_;
    std::atomic<std::chrono::milliseconds::rep> ttl_ms_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

}  // namespace framebridge::sink
