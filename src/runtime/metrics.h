#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace framebridge::runtime {

/// An adapter's metrics (prometheus-cpp's registry; safe to update from any thread).
class Metrics {
  public:
    Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}
    /// The same name and labels give the same metric again. The references live as long as this object.
    prometheus::Counter& counter(const std::string& name, const std::string& help,
                                 const prometheus::Labels& labels = {});
    prometheus::Gauge& gauge(const std::string& name, const std::string& help,
                             const prometheus::Labels& labels = {});
    prometheus::Histogram& histogram(const std::string& name, const std::string& help,
                                     const prometheus::Histogram::BucketBoundaries& buckets,
                                     const prometheus::Labels& labels = {});
    [[nodiscard]] const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

  private:
    std::shared_ptr<prometheus::Registry> registry_;
};

/// Counters of one name with a label whose values turn up one by one; their number is bounded by who uses it.
class CountersByLabel {
  public:
    CountersByLabel(Metrics& metrics, const std::string& name, const std::string& help, std::string label);
    /// Brings the counter of each label's value up to a total that is kept elsewhere.
    void raise_to(const std::map<std::string_view, std::uint64_t>& totals);

  private:
    prometheus::Family<prometheus::Counter>& family_;
    std::string label_;
};

/// Brings a counter up to a total that is kept elsewhere.
void raise_to(prometheus::Counter& counter, std::uint64_t total);

/// Buckets in seconds for what happens within the adapter: 0.1 ms to 1 minute.
prometheus::Histogram::BucketBoundaries stage_seconds();
/// Buckets in seconds for a frame's way, which an outage makes long: 5 ms to 1 day.
prometheus::Histogram::BucketBoundaries delay_seconds();

}  // namespace framebridge::runtime
