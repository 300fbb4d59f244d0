#include "kafka_redis_source/metrics.h"

#include <string>

namespace framebridge::source {

namespace {

std::uint64_t count_of(const prometheus::Counter& counter) {
    return static_cast<std::uint64_t>(counter.Value());
}

}  // namespace

SourceMetrics::SourceMetrics(runtime::Metrics& metrics)
    : messages_consumed(
          metrics.counter("framebridge_source_messages_consumed_total", "Messages consumed from Kafka")),
      messages_sent(
          metrics.counter("framebridge_source_messages_sent_total", "Messages handed to the ZeroMQ socket")),
      frames_sent(
          metrics.counter("framebridge_source_frames_sent_total", "Frames handed to the ZeroMQ socket")),
      bytes_sent(metrics.counter("framebridge_source_bytes_sent_total",
                                 "Bytes of messages and frames handed to the ZeroMQ socket")),
      frames_missing(
          metrics.counter("framebridge_source_frames_missing_total", "Frames that were not in their store")),
      frames_corrupt(metrics.counter("framebridge_source_frames_corrupt_total",
                                     "Frames whose bytes do not match their size or hash")),
      stores_refused(metrics.counter("framebridge_source_stores_refused_total",
                                     "Messages whose frames are in a store, or under a key, not allowed")),
      stores_unreachable(
          metrics.counter("framebridge_source_stores_unreachable_total",
                          "Frames that --store-unreachable-limit did not allow to wait for any longer")),
      skipped(metrics.counter("framebridge_source_skipped_total",
                              "Messages left out: frame missing, resync, or a Shutdown message not meant "
                              "for the pipeline")),
      refused(metrics.counter("framebridge_source_refused_total", "Messages that the pipeline refused")),
      dead_letters(
          metrics.counter("framebridge_source_dead_letters_total", "Messages in the dead-letter topic")),
      dropped(metrics.counter("framebridge_source_dropped_total",
                              "Messages that could not be used, and that no dead-letter topic took")),
      in_flight_messages(
          metrics.gauge("framebridge_source_in_flight_messages", "Messages consumed and not sent")),
      in_flight_bytes(metrics.gauge("framebridge_source_in_flight_bytes",
                                    "Bytes of messages and frames held or asked for, and not sent")),
      stalled_seconds(metrics.gauge("framebridge_source_stalled_seconds",
                                    "For how long the pipeline has taken no message, though one waits")),
      consumer(metrics, "framebridge_source"),
      stores(metrics, "framebridge_source"),
      registry_(metrics) {}

SourceReport SourceMetrics::report() const {
    SourceReport report;
    report.sent = count_of(messages_sent);
    report.frames = count_of(frames_sent);
    report.bytes = count_of(bytes_sent);
    report.dead_letters = count_of(dead_letters);
    report.dropped = count_of(dropped);
    report.skipped = count_of(skipped);
    return report;
}

void SourceMetrics::set_lag(const kafka::PartitionLag& lag, std::size_t in_flight) {
    const prometheus::Labels labels{{"partition", std::to_string(lag.partition)}};
    if (lag.uncommitted) {
        registry_
            .gauge("framebridge_source_lag",
                   "Records whose offset is not committed yet, of them some that were sent", labels)
            .Set(static_cast<double>(*lag.uncommitted));
    }
    if (lag.unread) {
        registry_.gauge("framebridge_source_lag_records", "Records that are not sent yet", labels)
            .Set(static_cast<double>(*lag.unread) + static_cast<double>(in_flight));
    }
}

}  // namespace framebridge::source
