#pragma once

#include <string>

#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "runtime/metrics.h"

namespace framebridge {

/// What a Kafka producer counts, as metrics. Used by one thread.
class ProducerMetrics {
  public:
    /// `prefix` is the adapter's, such as `framebridge_sink`.
    ProducerMetrics(runtime::Metrics& metrics, const std::string& prefix);
    void update(const kafka::ProducerStatistics& total);

  private:
    prometheus::Counter& recreated_;
    prometheus::Counter& repeated_;
    runtime::CountersByLabel errors_;
};

/// What a Kafka consumer counts, as metrics. Used by one thread.
class ConsumerMetrics {
  public:
    ConsumerMetrics(runtime::Metrics& metrics, const std::string& prefix);
    void update(const kafka::ConsumerStatistics& total);

  private:
    prometheus::Counter& missing_;
    prometheus::Counter& rewound_;
    prometheus::Counter& assigned_;
    prometheus::Counter& revoked_;
    prometheus::Counter& lost_;
    prometheus::Counter& commit_failures_;
    runtime::CountersByLabel errors_;
    prometheus::Counter& unreadable_;
};

}  // namespace framebridge
