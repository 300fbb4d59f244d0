#pragma once

#include <functional>
#include <memory>

#include "common/config.h"
#include "common/health.h"
#include "runtime/metrics.h"
#include "runtime/status_pages.h"
#include "runtime/stop_signal.h"

namespace framebridge {

/// Null if --metrics-listen is not set. `own_pages` are served beside those that all adapters have.
std::unique_ptr<runtime::MetricsServer> start_metrics_server(const ProcessConfig& config,
                                                             const runtime::Metrics& metrics,
                                                             const Health& health,
                                                             runtime::StatusPages::OwnPages own_pages = {});

/// Calls `attempt` until it returns true, again after a pause where it does not, or where it throws a Failure
/// that trying again may mend; `health` says what is waited for then. Returns false if a stop was requested
/// meanwhile. Throws what else it throws.
bool wait_for_kafka(const std::function<bool()>& attempt, const runtime::StopSignal& stop, Health& health);

/// Makes sure that the topic and that of the dead letters are there, waiting for the brokers for as long as
/// it takes. Returns false if a stop was requested meanwhile. Throws Failure if a topic is missing and not
/// to be created, or cannot be.
bool wait_for_topics(const AdapterConfig& config, const runtime::StopSignal& stop, Health& health);

}  // namespace framebridge
