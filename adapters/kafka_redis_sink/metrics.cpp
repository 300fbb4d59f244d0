#include "kafka_redis_sink/metrics.h"

#include <utility>

namespace framebridge::sink {

namespace {

prometheus::Histogram& stage(runtime::Metrics& metrics, const std::string& name) {
    return metrics.histogram("framebridge_sink_stage_seconds",
                             "A message's time in a stage: store, from received to confirmed by the store; "
                             "produce, from handed to the producer to confirmed by Kafka",
                             runtime::stage_seconds(), {{"stage", name}});
}

}  // namespace

SinkMetrics::SinkMetrics(runtime::Metrics& metrics, std::size_t max_sources)
    : messages_received(
          metrics.counter("framebridge_sink_messages_received_total", "Messages received from ZeroMQ")),
      bytes_received(metrics.counter("framebridge_sink_bytes_received_total",
                                     "Bytes of messages and frames received from ZeroMQ")),
      messages_delivered(
          metrics.counter("framebridge_sink_messages_delivered_total", "Messages that Kafka confirmed")),
      frames_delivered(metrics.counter("framebridge_sink_frames_delivered_total",
                                       "Frames of the messages that Kafka confirmed")),
      bytes_delivered(
          metrics.counter("framebridge_sink_bytes_delivered_total",
                          "Bytes of the messages that Kafka confirmed, as their records hold them")),
      frames_stored(
          metrics.counter("framebridge_sink_frames_stored_total", "Frames whose bytes the store confirmed")),
      bytes_stored(metrics.counter("framebridge_sink_bytes_stored_total",
                                   "Bytes of the frames whose bytes the store confirmed")),
      frames_deduplicated(metrics.counter("framebridge_sink_frames_deduplicated_total",
                                          "Frames whose bytes were in the store already and not sent again")),
      bytes_deduplicated(metrics.counter("framebridge_sink_bytes_deduplicated_total",
                                         "Bytes of frames that were in the store already: saved")),
      frames_renewed(
          metrics.counter("framebridge_sink_frames_renewed_total",
                          "Frames whose TTL was extended before the acknowledgement, as Kafka was slow")),
      frames_stored_again(
          metrics.counter("framebridge_sink_frames_stored_again_total",
                          "Frames that the store had lost before Kafka confirmed their message")),
      uuids_reused(metrics.counter("framebridge_sink_uuids_reused_total",
                                   "Savant frames that came with another frame's uuid and other bytes")),
      dead_letters(
          metrics.counter("framebridge_sink_dead_letters_total", "Messages that the dead-letter topic has")),
      dropped(metrics.counter("framebridge_sink_dropped_total",
                              "Messages that could not be used and that no dead-letter topic took")),
      faults(metrics, "framebridge_sink",
             {Fault::invalid, Fault::too_large, Fault::reference, Fault::frame_missing, Fault::store,
              Fault::kafka}),
      ignored(metrics.counter("framebridge_sink_ignored_total", "Shutdown messages not passed on")),
      attachments_missing(metrics.counter("framebridge_sink_attachments_missing_total",
                                          "Frames said to come as an extra part, of which no part came")),
      attachments_left(metrics.counter("framebridge_sink_attachments_left_total",
                                       "Savant messages with extra parts that no frame of theirs refers to")),
      keys_skipped(metrics.counter("framebridge_sink_keys_skipped_total",
                                   "Optional keys of native messages that were of a wrong type")),
      sequence_gaps(metrics.counter("framebridge_sink_sequence_gaps_total",
                                    "Times that the sequence numbers of a source skipped some")),
      in_flight_messages(metrics.gauge("framebridge_sink_in_flight_messages",
                                       "Messages received and not confirmed by Kafka")),
      in_flight_messages_limit(metrics.gauge("framebridge_sink_in_flight_messages_limit",
                                             "How many these may be (--kafka-in-flight)")),
      in_flight_bytes(metrics.gauge("framebridge_sink_in_flight_bytes", "Bytes of messages and frames held")),
      in_flight_bytes_limit(metrics.gauge("framebridge_sink_in_flight_bytes_limit",
                                          "How many these may be (--max-in-flight-bytes)")),
      storing_messages(metrics.gauge("framebridge_sink_storing_messages",
                                     "Messages received whose frames the store has not confirmed")),
      storing_messages_limit(
          metrics.gauge("framebridge_sink_storing_messages_limit", "How many these may be (--queue-size)")),
      ttl_shortfall_seconds(metrics.gauge(
          "framebridge_sink_ttl_shortfall_seconds",
          "How much longer the topic can keep a record than the store keeps its frame; 0: not longer")),
      delivery_seconds(metrics.histogram(
          "framebridge_sink_delivery_seconds", "From received to confirmed by Kafka",
          {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60})),
      delay_seconds(metrics.histogram("framebridge_sink_delay_seconds",
                                      "From a frame's creation, by its maker's clock, to confirmed by Kafka",
                                      runtime::delay_seconds())),
      store_seconds(stage(metrics, "store")),
      produce_seconds(stage(metrics, "produce")),
      per_source(metrics, "framebridge_sink", max_sources),
      producer(metrics, "framebridge_sink"),
      store(metrics, "framebridge_sink"),
      receiver(metrics, "framebridge_sink") {}

SinkReport SinkMetrics::report(std::size_t not_delivered, std::string why) const {
    const auto value = [](const prometheus::Counter& counter) {
        return static_cast<std::uint64_t>(counter.Value());
    };
    return {.delivered = value(messages_delivered),
            .frames = value(frames_delivered),
            .bytes = value(bytes_received),
            .deduplicated = value(frames_deduplicated),
            .dead_letters = value(dead_letters),
            .dropped = value(dropped),
            .ignored = value(ignored),
            .not_delivered = not_delivered,
            .why = std::move(why)};
}

}  // namespace framebridge::sink
