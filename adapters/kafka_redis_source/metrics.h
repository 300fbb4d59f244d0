#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/fault.h"
#include "common/kafka_metrics.h"
#include "common/per_source_metrics.h"
#include "common/store_metrics.h"
#include "kafka_redis_source/message_in_flight.h"
#include "kafka_redis_source/partition_metrics.h"
#include "runtime/metrics.h"

namespace framebridge::source {

/// The result of a source's run, as its metrics had it at the end.
struct SourceReport {
    std::uint64_t sent = 0;    ///< Messages handed to the ZeroMQ socket.
    std::uint64_t frames = 0;  ///< Frames in them.
    std::uint64_t bytes = 0;   ///< Bytes of messages and frames sent.
    std::uint64_t dead_letters = 0;
    std::uint64_t dropped = 0;   ///< Could not be used, no dead-letter topic took them.
    std::uint64_t skipped = 0;   ///< Frame missing, resync, or a Shutdown message not meant for the pipeline.
    std::uint64_t not_sent = 0;  ///< Consumed, but not sent when the time to stop was up; they come again.
    bool flushed = true;         ///< Whether all that was sent has left this process.
    bool finished = false;       ///< Whether a replay came to its end.
};

/// What the source counts, under `framebridge_source_`.
struct SourceMetrics {
    /// `max_sources`: see PerSourceMetrics.
    explicit SourceMetrics(runtime::Metrics& metrics, std::size_t max_sources = 0);
    /// `not_sent` and what follows it are the caller's.
    [[nodiscard]] SourceReport report() const;
    /// For how long the frames that are fetched now will still be in their store.
    void set_ttl_margin(std::chrono::duration<double> margin);
    /// Delays of a message that was handed to the socket just now.
    void observe_sent(const MessageInFlight& message);

    prometheus::Counter& messages_consumed;
    prometheus::Counter& bytes_consumed;
    prometheus::Counter& messages_sent;
    prometheus::Counter& frames_sent;
    prometheus::Counter& bytes_sent;
    prometheus::Counter& frames_missing;
    prometheus::Counter& frames_corrupt;
    prometheus::Counter& stores_refused;
    prometheus::Counter& stores_unreachable;
    prometheus::Counter& skipped;
    prometheus::Counter& refused;
    prometheus::Counter& dead_letters;
    prometheus::Counter& dropped;
    FaultCounters faults;
    prometheus::Gauge& in_flight_messages;
    prometheus::Gauge& in_flight_messages_limit;
    prometheus::Gauge& in_flight_bytes;
    prometheus::Gauge& in_flight_bytes_limit;
    prometheus::Gauge& stalled_seconds;
    prometheus::Histogram& delay_seconds;
    prometheus::Histogram& age_seconds;
    prometheus::Histogram& fetch_seconds;
    prometheus::Histogram& send_seconds;
    PerSourceMetrics per_source;
    PartitionMetrics partitions;
    ConsumerMetrics consumer;
    StoreMetrics stores;

  private:
    runtime::Metrics& registry_;
};

}  // namespace framebridge::source
