#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/health.h"
#include "runtime/http_server.h"
#include "runtime/metrics.h"

namespace framebridge::runtime {

/// What an adapter serves: /metrics (Prometheus), /health and /readyz (200 `ok`, or 503 with what is wrong, a
/// line each), /livez (503 if the adapter's loop is stuck), /status (JSON) and / (the same for a browser).
class StatusPages {
  public:
    /// An adapter's own pages; nothing: it has no such page.
    using OwnPages = std::function<std::optional<HttpPage>(std::string_view path)>;

    StatusPages(const Metrics& metrics, const Health& health, OwnPages own_pages = {});
    [[nodiscard]] HttpPage page(std::string_view path) const;

  private:
    [[nodiscard]] std::vector<prometheus::MetricFamily> families() const;
    [[nodiscard]] std::string status_json() const;
    [[nodiscard]] std::string status_html() const;

    std::shared_ptr<prometheus::Registry> registry_;
    const Health& health_;
    OwnPages own_pages_;
};

/// Serves an adapter's pages until destroyed. Throws as HttpServer does.
class MetricsServer {
  public:
    MetricsServer(const std::string& listen, const Metrics& metrics, const Health& health,
                  HttpLimits limits = {}, StatusPages::OwnPages own_pages = {})
        : pages_(metrics, health, std::move(own_pages)),
          server_(listen, [this](std::string_view path) { return pages_.page(path); }, limits) {}
    [[nodiscard]] int port() const { return server_.port(); }
    [[nodiscard]] std::string address() const { return server_.address(); }

  private:
    StatusPages pages_;
    HttpServer server_;
};

}  // namespace framebridge::runtime
