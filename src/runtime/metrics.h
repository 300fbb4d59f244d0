#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>

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

/// Serves GET /metrics (Prometheus text) and GET /health (200 `ok`, or 503 with what is wrong, one line each)
/// on its own thread until destroyed.
class MetricsServer {
  public:
    /// `listen` is `host:port` or `port` (on all IPv4 addresses; `[::]:port` for all of both); port 0 takes a
    /// free one. `health` returns what is wrong now, empty if nothing; it is called on the server's thread.
    /// Throws Failure naming `--metrics-listen` if the address cannot be bound.
    MetricsServer(const std::string& listen, const Metrics& metrics, std::function<std::string()> health);
    ~MetricsServer();
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    [[nodiscard]] int port() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace framebridge::runtime
