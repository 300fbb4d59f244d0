#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "common/config.h"
#include "runtime/metrics.h"
#include "runtime/stop_signal.h"

namespace framebridge {

/// What is wrong now, told by the adapter's thread and read by the metrics server's.
class Health {
  public:
    void set(std::string problems) {
        const std::lock_guard lock(mutex_);
        problems_ = std::move(problems);
    }
    [[nodiscard]] std::string problems() const {
        const std::lock_guard lock(mutex_);
        return problems_;
    }

  private:
    mutable std::mutex mutex_;
    std::string problems_ = "starting\n";
};

/// Null if --metrics-listen is not set.
std::unique_ptr<runtime::MetricsServer> start_metrics_server(const AdapterConfig& config,
                                                             const runtime::Metrics& metrics,
                                                             const Health& health);

/// Makes sure that the topic and that of the dead letters are there, waiting for the brokers for as long as
/// it takes. Returns false if a stop was requested meanwhile. Throws Failure if a topic is missing and not
/// to be created, or cannot be.
bool wait_for_topics(const AdapterConfig& config, const runtime::StopSignal& stop);

}  // namespace framebridge
