#include "runtime/metrics.h"

#include <utility>

namespace framebridge::runtime {

prometheus::Counter& Metrics::counter(const std::string& name, const std::string& help,
                                      const prometheus::Labels& labels) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                                  const prometheus::Labels& labels) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                                          const prometheus::Histogram::BucketBoundaries& buckets,
                                          const prometheus::Labels& labels) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_).Add(labels, buckets);
}

CountersByLabel::CountersByLabel(Metrics& metrics, const std::string& name, const std::string& help,
                                 std::string label)
    : family_(prometheus::BuildCounter().Name(name).Help(help).Register(*metrics.registry())),
      label_(std::move(label)) {}

void CountersByLabel::raise_to(const std::map<std::string_view, std::uint64_t>& totals) {
    for (const auto& [value, total] : totals) {
        runtime::raise_to(family_.Add({{label_, std::string(value)}}), total);
    }
}

void raise_to(prometheus::Counter& counter, std::uint64_t total) {
    // A negative difference is ignored by the counter.
    counter.Increment(static_cast<double>(total) - counter.Value());
}

prometheus::Histogram::BucketBoundaries stage_seconds() {
    return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
            0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
}

prometheus::Histogram::BucketBoundaries delay_seconds() {
    return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400};
}

}  // namespace framebridge::runtime
