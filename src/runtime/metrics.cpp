#include "runtime/metrics.h"

#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "runtime/failure.h"

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

namespace {

struct Page {
    unsigned status;
    const char* type;
    std::string text;
};

/// Built once an answer is asked for; MHD copies the text.
MHD_Result send_page(MHD_Connection* connection, const Page& page) {
    using Response = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;
    // The library's signature is not const, though it only copies from it.
    void* text = const_cast<char*>(page.text.data());
    const Response response(MHD_create_response_from_buffer(page.text.size(), text, MHD_RESPMEM_MUST_COPY),
                            MHD_destroy_response);
    if (!response) {
        return MHD_NO;
    }
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, page.type);
    if (page.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    return MHD_queue_response(connection, page.status, response.get());
}

constexpr const char* plain_text = "text/plain; charset=utf-8";

struct Pages {
    std::shared_ptr<prometheus::Registry> registry;
    std::function<std::string()> health;

    [[nodiscard]] Page page(std::string_view method, std::string_view path) const {
        if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD) {
            return {MHD_HTTP_METHOD_NOT_ALLOWED, plain_text, "only GET and HEAD\n"};
        }
        if (path == "/metrics") {
            return {MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
                    prometheus::TextSerializer().Serialize(registry->Collect())};
        }
        if (path != "/health") {
            return {MHD_HTTP_NOT_FOUND, plain_text, "there are /metrics and /health\n"};
        }
        std::string wrong = health();
        if (wrong.empty()) {
            return {MHD_HTTP_OK, plain_text, "ok\n"};
        }
        if (!wrong.ends_with('\n')) {
            wrong += '\n';
        }
        return {MHD_HTTP_SERVICE_UNAVAILABLE, plain_text, std::move(wrong)};
    }
};

MHD_Result answer(void* pages, MHD_Connection* connection, const char* path, const char* method,
                  const char* /*version*/, const char* /*upload*/, std::size_t* /*upload_size*/,
                  void** /*state*/) {
    try {
        return send_page(connection, static_cast<const Pages*>(pages)->page(method, path));
    } catch (const std::exception& error) {
        spdlog::error("metrics server: {} fails: {}", path, error.what());
        return MHD_NO;
    }
}

Failure cannot_listen(const std::string& listen, const std::string& why) {
    return {FailureKind::unavailable, Retry::useless,
            fmt::format("--metrics-listen: cannot serve metrics on '{}': {}", listen, why)};
}

struct Address {
    std::string host;  ///< Empty for all of this machine's.
    std::string port;
};

Address parse_address(const std::string& listen) {
    const auto colon = listen.rfind(':');
    Address address;
    if (colon != std::string::npos) {
        address.host = listen.substr(0, colon);
    }
    address.port = listen.substr(colon == std::string::npos ? 0 : colon + 1);
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    std::uint16_t port = 0;
    const char* end = address.port.data() + address.port.size();
    if (const auto read = std::from_chars(address.port.data(), end, port);
        read.ec != std::errc{} || read.ptr != end) {
        throw cannot_listen(listen, "it must be host:port or port, with a port from 0 (a free one) to 65535");
    }
    return address;
}

/// A listening socket on the first of the host's addresses that can be bound.
int open_listener(const std::string& listen) {
    const Address address = parse_address(listen);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const char* host = address.host.empty() ? nullptr : address.host.c_str();
    if (const int error = getaddrinfo(host, address.port.c_str(), &hints, &found); error != 0) {
        throw cannot_listen(listen, gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
    int error = 0;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        const int fd =
            socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, each->ai_protocol);
        const int on = 1;
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(fd, each->ai_addr, each->ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0) {
            return fd;
        }
        error = errno;
        if (fd >= 0) {
            close(fd);
        }
    }
    throw cannot_listen(listen, std::generic_category().message(error));
}

int port_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

constexpr unsigned idle_connection_seconds = 10;
constexpr unsigned most_connections = 64;

}  // namespace

struct MetricsServer::Implementation {
    Pages pages;
    int port = 0;
    std::unique_ptr<MHD_Daemon, decltype(&MHD_stop_daemon)> daemon{nullptr, MHD_stop_daemon};
};

MetricsServer::MetricsServer(const std::string& listen, const Metrics& metrics,
                             std::function<std::string()> health)
    : implementation_(std::make_unique<Implementation>()) {
    implementation_->pages = {metrics.registry(), std::move(health)};
    const int fd = open_listener(listen);
    implementation_->port = port_of(fd);
    // The daemon owns the socket from here on.
    implementation_->daemon.reset(MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, nullptr, nullptr, answer,
        &implementation_->pages, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_TIMEOUT,
        idle_connection_seconds, MHD_OPTION_CONNECTION_LIMIT, most_connections, MHD_OPTION_END));
    if (!implementation_->daemon) {
        close(fd);
        throw cannot_listen(listen, "the HTTP server does not start");
    }
}

MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const {
    return implementation_->port;
}

}  // namespace framebridge::runtime
