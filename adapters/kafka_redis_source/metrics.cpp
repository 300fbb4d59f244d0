#include "kafka_redis_source/metrics.h"

#include <algorithm>
#include <string>

#include "common/age.h"

namespace framebridge::source {

namespace {

std::uint64_t count_of(const prometheus::Counter& counter) {
    return static_cast<std::uint64_t>(counter.Value());
}

prometheus::Histogram& stage(runtime::Metrics& metrics, const std::string& name) {
    return metrics.histogram("framebridge_source_stage_seconds",
                             "A message's time in a stage: fetch, from consumed to its frames fetched; send, "
                             "from then to handed to the ZeroMQ socket",
                             runtime::stage_seconds(), {{"stage", name}});
}

/// By this machine's clock, and no less than 0.
double seconds_since(std::int64_t timestamp_ms) {
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    const std::chrono::duration<double> then = std::chrono::milliseconds(timestamp_ms);
    return std::max(0.0, (now - then).count());
}

}  // namespace

SourceMetrics::SourceMetrics(runtime::Metrics& metrics, std::size_t max_sources)
    : messages_consumed(
          metrics.counter("framebridge_source_messages_consumed_total", "Messages consumed from Kafka")),
      bytes_consumed(metrics.counter("framebridge_source_bytes_consumed_total",
                                     "Bytes of the messages consumed from Kafka")),
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
      faults(metrics, "framebridge_source",
             {Fault::invalid, Fault::too_large, Fault::reference, Fault::store, Fault::pipeline}),
      in_flight_messages(
          metrics.gauge("framebridge_source_in_flight_messages", "Messages consumed and not sent")),
      in_flight_messages_limit(metrics.gauge("framebridge_source_in_flight_messages_limit",
                                             "How many these may be (--queue-size)")),
      in_flight_bytes(metrics.gauge("framebridge_source_in_flight_bytes",
                                    "Bytes of messages and frames held or asked for, and not sent")),
      in_flight_bytes_limit(metrics.gauge("framebridge_source_in_flight_bytes_limit",
                                          "How many these may be (--max-in-flight-bytes)")),
      stalled_seconds(metrics.gauge("framebridge_source_stalled_seconds",
                                    "For how long the pipeline has taken no message, though one waits")),
      delay_seconds(metrics.histogram("framebridge_source_delay_seconds",
                                      "From a record's timestamp in Kafka to its message sent",
                                      runtime::delay_seconds())),
      age_seconds(metrics.histogram("framebridge_source_age_seconds",
                                    "From a frame's creation, by its maker's clock, to its message sent",
                                    runtime::delay_seconds())),
      fetch_seconds(stage(metrics, "fetch")),
      send_seconds(stage(metrics, "send")),
      per_source(metrics, "framebridge_source", max_sources),
      partitions(metrics),
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

void SourceMetrics::set_ttl_margin(std::chrono::duration<double> margin) {
    registry_
        .gauge("framebridge_source_ttl_margin_seconds",
               "For how long the frames that are fetched now will still be in their store; not there if they "
               "have "
               "no TTL")
        .Set(margin.count());
}

void SourceMetrics::observe_sent(const MessageInFlight& message) {
    using Seconds = std::chrono::duration<double>;
    const auto now = std::chrono::steady_clock::now();
    auto ready_at = message.consumed_at;
    if (message.fetched_at != std::chrono::steady_clock::time_point{}) {
        ready_at = message.fetched_at;
        fetch_seconds.Observe(Seconds(ready_at - message.consumed_at).count());
    }
    send_seconds.Observe(Seconds(now - ready_at).count());
    if (message.record.timestamp_ms >= 0) {
        delay_seconds.Observe(seconds_since(message.record.timestamp_ms));
    }
    if (const auto age = framebridge::age_of(message.envelope, std::chrono::system_clock::now())) {
        age_seconds.Observe(age->count());
    }
    per_source.count(message.envelope.source_id, message.bytes);
}

}  // namespace framebridge::source
