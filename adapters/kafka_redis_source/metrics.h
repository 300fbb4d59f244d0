#pragma once

#include "runtime/metrics.h"

namespace framebridge::source {

/// What the source counts, under `framebridge_source_`.
struct SourceMetrics {
    explicit SourceMetrics(runtime::Metrics& metrics);

    prometheus::Counter& messages_consumed;
    prometheus::Counter& messages_sent;
    prometheus::Counter& bytes_sent;
    prometheus::Counter& frames_missing;
    prometheus::Counter& frames_corrupt;
    prometheus::Counter& stores_refused;
    prometheus::Counter& skipped;
    prometheus::Counter& dead_letters;
    prometheus::Counter& dropped;
    prometheus::Gauge& in_flight_messages;
    prometheus::Gauge& in_flight_bytes;
};

}  // namespace framebridge::source
