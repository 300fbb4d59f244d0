#include "kafka_redis_source/metrics.h"

namespace framebridge::source {

SourceMetrics::SourceMetrics(runtime::Metrics& metrics)
    : messages_consumed(
          metrics.counter("framebridge_source_messages_consumed_total", "Messages consumed from Kafka")),
      messages_sent(
          metrics.counter("framebridge_source_messages_sent_total", "Messages handed to the ZeroMQ socket")),
      bytes_sent(metrics.counter("framebridge_source_bytes_sent_total",
                                 "Bytes of messages and frames handed to the ZeroMQ socket")),
      frames_missing(
          metrics.counter("framebridge_source_frames_missing_total", "Frames that were not in their store")),
      frames_corrupt(metrics.counter("framebridge_source_frames_corrupt_total",
                                     "Frames whose bytes do not match their hash")),
      stores_refused(metrics.counter("framebridge_source_stores_refused_total",
                                     "Frames whose message names a store that is not allowed")),
      skipped(metrics.counter("framebridge_source_skipped_total",
                              "Messages left out for a missing frame or a resync")),
      dead_letters(metrics.counter("framebridge_source_dead_letters_total",
                                   "Messages set aside in the dead-letter topic")),
      dropped(metrics.counter("framebridge_source_dropped_total",
                              "Messages that could not be used nor set aside")),
      in_flight_messages(
          metrics.gauge("framebridge_source_in_flight_messages", "Messages consumed and not sent")),
      in_flight_bytes(metrics.gauge("framebridge_source_in_flight_bytes",
                                    "Bytes of messages and frames held and not sent")) {}

}  // namespace framebridge::source
