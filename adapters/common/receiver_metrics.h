#pragma once

#include <string>

#include "runtime/metrics.h"
#include "zmq/receiver.h"

namespace framebridge {

/// What an adapter's ZeroMQ receiver counts, as `PREFIX_..._total`.
class ReceiverMetrics {
  public:
    ReceiverMetrics(runtime::Metrics& metrics, const std::string& prefix);

    /// `total` is all that was counted since the start.
    void update(const zmq::ReceiverStatistics& total);

  private:
    prometheus::Counter& refused_answered_ok_;
    prometheus::Counter& identities_taken_over_;
    prometheus::Gauge& connections_;
};

}  // namespace framebridge
