#include "common/kafka_metrics.h"

namespace framebridge {

namespace {

runtime::CountersByLabel kafka_errors(runtime::Metrics& metrics, const std::string& prefix) {
    return {metrics, prefix + "_kafka_errors_total", "Errors of Kafka, by librdkafka's names", "kind"};
}

}  // namespace

ProducerMetrics::ProducerMetrics(runtime::Metrics& metrics, const std::string& prefix)
    : recreated_(
          metrics.counter(prefix + "_kafka_producers_recreated_total",
                          "Times the Kafka producer was made anew, after an error that it cannot go on "
                          "from")),
      repeated_(metrics.counter(prefix + "_kafka_records_repeated_total",
                                "Records produced again, as their producer was made anew")),
      errors_(kafka_errors(metrics, prefix)) {}

void ProducerMetrics::update(const kafka::ProducerStatistics& total) {
    runtime::raise_to(recreated_, total.recreated);
    runtime::raise_to(repeated_, total.repeated);
    errors_.raise_to(total.errors);
}

ConsumerMetrics::ConsumerMetrics(runtime::Metrics& metrics, const std::string& prefix)
    : missing_(metrics.counter(prefix + "_missing_records_total",
                               "Records that retention deleted before the group read them")),
      rewound_(metrics.counter(prefix + "_rewound_partitions_total",
                               "Times a partition was read from its beginning, as its topic was made anew")),
      assigned_(metrics.counter(prefix + "_partitions_assigned_total", "Times a partition was assigned")),
      revoked_(metrics.counter(prefix + "_partitions_revoked_total",
                               "Times a partition was given up for another member of the group")),
      lost_(metrics.counter(prefix + "_partitions_lost_total",
                            "Times a partition was lost, as the group took this member for dead")),
      commit_failures_(
          metrics.counter(prefix + "_commit_failures_total", "Times that offsets were not committed")),
      errors_(kafka_errors(metrics, prefix)),
      unreadable_(metrics.counter(prefix + "_unreadable_records_total",
                                  "Records that could not be read, and were stepped over")) {}

void ConsumerMetrics::update(const kafka::ConsumerStatistics& total) {
    runtime::raise_to(missing_, total.missing_records);
    runtime::raise_to(rewound_, total.rewound_partitions);
    runtime::raise_to(assigned_, total.assigned_partitions);
    runtime::raise_to(revoked_, total.revoked_partitions);
    runtime::raise_to(lost_, total.lost_partitions);
    runtime::raise_to(commit_failures_, total.commit_failures);
    errors_.raise_to(total.errors);
    runtime::raise_to(unreadable_, total.unreadable_records);
}

}  // namespace framebridge
