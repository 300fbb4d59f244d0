#pragma once

#include "runtime/metrics.h"

namespace framebridge::sink {

/// What the sink counts, under `framebridge_sink_`.
struct SinkMetrics {
    explicit SinkMetrics(runtime::Metrics& metrics);

    prometheus::Counter& messages_received;
    prometheus::Counter& bytes_received;
    prometheus::Counter& messages_delivered;
    prometheus::Counter& frames_stored;
    prometheus::Counter& frames_deduplicated;
    prometheus::Counter& dead_letters;
    prometheus::Counter& dropped;
    prometheus::Counter& attachments_missing;
    prometheus::Counter& attachments_left;
    prometheus::Gauge& in_flight_messages;
    prometheus::Gauge& in_flight_bytes;
    prometheus::Gauge& ttl_shortfall_seconds;
    prometheus::Histogram& delivery_seconds;
};

}  // namespace framebridge::sink
