#include "common/kafka_metrics.h"

#include <cstdint>

namespace framebridge {

namespace {

void raise_to(prometheus::Counter& counter, std::uint64_t total) {
    counter.Increment(static_cast<double>(total) - counter.Value());
}

}  // namespace

ProducerMetrics::ProducerMetrics(runtime::Metrics& metrics, const std::string& prefix)
    : recreated_(
          metrics.counter(prefix + "_kafka_producers_recreated_total",
                          "Times the Kafka producer was made anew, after an error that it cannot go on "
                          "from")),
      repeated_(metrics.counter(prefix + "_kafka_records_repeated_total",
                                "Records produced again, as their producer was made anew")) {}

void ProducerMetrics::update(const kafka::ProducerStatistics& total) {
    raise_to(recreated_, total.recreated);
    raise_to(repeated_, total.repeated);
}

ConsumerMetrics::ConsumerMetrics(runtime::Metrics& metrics, const std::string& prefix)
    : missing_(metrics.counter(prefix + "_missing_records_total",
                               "Records that retention deleted before the group read them")),
      rewound_(metrics.counter(prefix + "_rewound_partitions_total",
                               "Times a partition was read from its beginning, as its topic was made anew")) {
}

void ConsumerMetrics::update(const kafka::ConsumerStatistics& total) {
    raise_to(missing_, total.missing_records);
    raise_to(rewound_, total.rewound_partitions);
}

}  // namespace framebridge
