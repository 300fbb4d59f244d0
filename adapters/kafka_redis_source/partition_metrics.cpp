#include "kafka_redis_source/partition_metrics.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace framebridge::source {

namespace {

prometheus::Family<prometheus::Gauge>* family(runtime::Metrics& metrics, const char* name, const char* help) {
    return &prometheus::BuildGauge().Name(name).Help(help).Register(*metrics.registry());
}

/// By this machine's clock, and no less than 0.
double seconds_since(std::int64_t timestamp_ms) {
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    const std::chrono::duration<double> then = std::chrono::milliseconds(timestamp_ms);
    return std::max(0.0, (now - then).count());
}

}  // namespace

PartitionMetrics::PartitionMetrics(runtime::Metrics& metrics)
    : families_{
          family(metrics, "framebridge_source_lag",
                 "Records whose offset is not committed yet, of them some that were sent"),
          family(metrics, "framebridge_source_lag_records", "Records that are not sent yet"),
          family(metrics, "framebridge_source_lag_seconds",
                 "How old the oldest record is that is not sent yet; 0: all are sent"),
          family(metrics, "framebridge_source_position", "Offset of the next record that is not sent yet")} {}

void PartitionMetrics::set(const kafka::PartitionLag& lag, const PartitionInFlight& in_flight) {
    if (lag.uncommitted) {
        set(uncommitted, lag.partition, static_cast<double>(*lag.uncommitted));
    }
    if (lag.unread) {
        const auto records = static_cast<double>(*lag.unread) + static_cast<double>(in_flight.messages);
        set(lag_records, lag.partition, records);
        if (records == 0 || in_flight.oldest_timestamp_ms >= 0) {
            set(lag_seconds, lag.partition, records == 0 ? 0 : seconds_since(in_flight.oldest_timestamp_ms));
        }
    }
    if (in_flight.position >= 0) {
        set(position, lag.partition, static_cast<double>(in_flight.position));
    }
}

void PartitionMetrics::set(Kind kind, std::int32_t partition, double value) {
    auto*& gauge = gauges_[partition][kind];
    if (gauge == nullptr) {
        gauge = &families_[kind]->Add({{"partition", std::to_string(partition)}});
    }
    gauge->Set(value);
}

void PartitionMetrics::forget(const std::vector<std::int32_t>& partitions) {
    for (const auto partition : partitions) {
        const auto gone = gauges_.extract(partition);
        for (std::size_t kind = 0; !gone.empty() && kind < kinds; ++kind) {
            if (gone.mapped()[kind] != nullptr) {
                families_[kind]->Remove(gone.mapped()[kind]);
            }
        }
    }
}

}  // namespace framebridge::source
