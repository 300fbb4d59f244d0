#pragma once

#include <cstddef>
#include <cstdint>

#include "common/kafka_metrics.h"
#include "common/store_metrics.h"
#include "kafka/consumer.h"
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
    explicit SourceMetrics(runtime::Metrics& metrics);
    /// `not_sent` and what follows it are the caller's.
    [[nodiscard]] SourceReport report() const;
    /// `in_flight`: messages of the partition that were consumed and not sent yet.
    void set_lag(const kafka::PartitionLag& lag, std::size_t in_flight);

    prometheus::Counter& messages_consumed;
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
    prometheus::Gauge& in_flight_messages;
    prometheus::Gauge& in_flight_bytes;
    prometheus::Gauge& stalled_seconds;
    ConsumerMetrics consumer;
    StoreMetrics stores;

  private:
    runtime::Metrics& registry_;
};

}  // namespace framebridge::source
