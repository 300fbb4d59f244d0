#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "kafka/consumer.h"
#include "runtime/metrics.h"

namespace framebridge::source {

/// What there is of a partition in flight: consumed and not sent yet.
struct PartitionInFlight {
    std::size_t messages = 0;
    std::int64_t position = -1;  ///< The offset of the next record that is not sent; -1: not known.
    std::int64_t oldest_timestamp_ms = -1;  ///< Of the oldest message, or the last there was; -1: not known.
};

/// Lag and position of each assigned partition, as gauges with the label `partition`.
class PartitionMetrics {
  public:
    explicit PartitionMetrics(runtime::Metrics& metrics);

    void set(const kafka::PartitionLag& lag, const PartitionInFlight& in_flight);
    /// The partitions are another member's now, and so is their lag.
    void forget(const std::vector<std::int32_t>& partitions);

  private:
    enum Kind { uncommitted, lag_records, lag_seconds, position, kinds };
    void set(Kind kind, std::int32_t partition, double value);

    std::array<prometheus::Family<prometheus::Gauge>*, kinds> families_;
    std::map<std::int32_t, std::array<prometheus::Gauge*, kinds>> gauges_;
};

}  // namespace framebridge::source
