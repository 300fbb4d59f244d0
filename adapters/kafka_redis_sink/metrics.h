#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/fault.h"
#include "common/kafka_metrics.h"
#include "common/per_source_metrics.h"
#include "common/receiver_metrics.h"
#include "common/store_metrics.h"
#include "runtime/metrics.h"

namespace framebridge::sink {

/// The result of a sink's run, as its metrics had it at the end.
struct SinkReport {
    std::uint64_t delivered = 0;     ///< Messages in the topic.
    std::uint64_t frames = 0;        ///< Frames in them.
    std::uint64_t bytes = 0;         ///< Bytes received.
    std::uint64_t deduplicated = 0;  ///< Frames whose bytes were in the store already.
    std::uint64_t dead_letters = 0;
    std::uint64_t dropped = 0;        ///< Could not be used, no dead-letter topic took them.
    std::uint64_t ignored = 0;        ///< Shutdown messages not meant for Kafka.
    std::uint64_t not_delivered = 0;  ///< Received, but not confirmed when the time to stop was up,
    std::string why;                  ///< and why: what was wrong then; empty if nothing was.
};

/// What the sink counts, under `framebridge_sink_`.
struct SinkMetrics {
    /// `max_sources`: see PerSourceMetrics.
    explicit SinkMetrics(runtime::Metrics& metrics, std::size_t max_sources = 0);
    [[nodiscard]] SinkReport report(std::size_t not_delivered, std::string why) const;

    prometheus::Counter& messages_received;
    prometheus::Counter& bytes_received;
    prometheus::Counter& messages_delivered;
    prometheus::Counter& frames_delivered;
    prometheus::Counter& bytes_delivered;
    prometheus::Counter& frames_stored;
    prometheus::Counter& bytes_stored;
    prometheus::Counter& frames_deduplicated;
    prometheus::Counter& bytes_deduplicated;
    prometheus::Counter& frames_renewed;
    prometheus::Counter& frames_stored_again;
    prometheus::Counter& uuids_reused;
    prometheus::Counter& dead_letters;
    prometheus::Counter& dropped;
    FaultCounters faults;
    prometheus::Counter& ignored;
    prometheus::Counter& attachments_missing;
    prometheus::Counter& attachments_left;
    prometheus::Counter& keys_skipped;
    prometheus::Counter& sequence_gaps;
    prometheus::Gauge& in_flight_messages;
    prometheus::Gauge& in_flight_messages_limit;
    prometheus::Gauge& in_flight_bytes;
    prometheus::Gauge& in_flight_bytes_limit;
    prometheus::Gauge& storing_messages;
    prometheus::Gauge& storing_messages_limit;
    prometheus::Gauge& ttl_shortfall_seconds;
    prometheus::Histogram& delivery_seconds;
    prometheus::Histogram& delay_seconds;
    prometheus::Histogram& store_seconds;
    prometheus::Histogram& produce_seconds;
    PerSourceMetrics per_source;
    ProducerMetrics producer;
    StoreMetrics store;
    ReceiverMetrics receiver;
};

}  // namespace framebridge::sink
