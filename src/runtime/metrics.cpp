#include "framebridge/runtime/metrics.h"

#include <CivetServer.h>
#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "framebridge/runtime/errors.h"

namespace framebridge {

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

namespace {

void respond(mg_connection* connection, std::string_view status, std::string_view type,
             std::string_view body) {
    const std::string head =
        fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    status, type, body.size());
    mg_write(connection, head.data(), head.size());
    mg_write(connection, body.data(), body.size());
}

class MetricsPage : public CivetHandler {
  public:
    explicit MetricsPage(std::shared_ptr<prometheus::Registry> registry) : registry_(std::move(registry)) {}
    bool handleGet(CivetServer* /*server*/, mg_connection* connection) override {
        respond(connection, "200 OK", "text/plain; version=0.0.4; charset=utf-8",
                prometheus::TextSerializer().Serialize(registry_->Collect()));
        return true;
    }

  private:
    std::shared_ptr<prometheus::Registry> registry_;
};

class HealthPage : public CivetHandler {
  public:
    explicit HealthPage(std::function<std::string()> health) : health_(std::move(health)) {}
    bool handleGet(CivetServer* /*server*/, mg_connection* connection) override {
        const std::string wrong = health_();
        if (wrong.empty()) {
            respond(connection, "200 OK", "text/plain; charset=utf-8", "ok\n");
        } else {
            respond(connection, "503 Service Unavailable", "text/plain; charset=utf-8",
                    wrong.ends_with('\n') ? wrong : wrong + '\n');
        }
        return true;
    }

  private:
    std::function<std::string()> health_;
};

FatalError cannot_listen(const std::string& listen, const std::string& why) {
    return {ExitCode::unavailable,
            fmt::format("--metrics-listen: cannot serve metrics on '{}': {}", listen, why)};
}

/// As civetweb wants it.
std::string listening_port(const std::string& listen) {
    const auto colon = listen.rfind(':');
    const std::string_view digits =
        std::string_view(listen).substr(colon == std::string::npos ? 0 : colon + 1);
    int port = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 0 || port > 65535) {
        throw cannot_listen(listen, "it must be host:port or port, with a port from 0 (a free one) to 65535");
    }
    return colon == 0 ? std::string(digits) : listen;
}

/// What civetweb had to say on the thread that starts a server: its exception does not tell the cause.
thread_local std::string last_message;

int keep_message(const mg_connection* /*connection*/, const char* message) {
    last_message = message;
    spdlog::debug("metrics server: {}", message);
    return 1;
}

std::unique_ptr<CivetServer> start(const std::string& listen) {
    CivetCallbacks callbacks;
    callbacks.log_message = keep_message;
    last_message.clear();
    const std::vector<std::string> options{
        "listening_ports", listening_port(listen), "num_threads", "2", "request_timeout_ms", "10000"};
    try {
        return std::make_unique<CivetServer>(options, &callbacks);
    } catch (const CivetException& error) {
        throw cannot_listen(listen, last_message.empty() ? error.what() : last_message);
    }
}

}  // namespace

struct MetricsServer::Implementation {
    MetricsPage metrics;
    HealthPage health;
    std::unique_ptr<CivetServer> server;
};

MetricsServer::MetricsServer(const std::string& listen, const Metrics& metrics,
                             std::function<std::string()> health)
    : implementation_(std::make_unique<Implementation>(
          Implementation{MetricsPage(metrics.registry()), HealthPage(std::move(health)), start(listen)})) {
    implementation_->server->addHandler("/metrics$", implementation_->metrics);
    implementation_->server->addHandler("/health$", implementation_->health);
}

MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const {
    return implementation_->server->getListeningPorts().at(0);
}

}  // namespace framebridge
