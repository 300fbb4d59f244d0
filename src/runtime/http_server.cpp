#include "runtime/http_server.h"

#include <microhttpd.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <list>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/failure.h"
#include "runtime/handle.h"
#include "runtime/listener.h"
#include "runtime/unique_fd.h"

namespace framebridge::runtime {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto watch_period = std::chrono::milliseconds(500);

/// MHD copies the text.
MHD_Result send_page(MHD_Connection* connection, const HttpPage& page) {
    // The library's signature is not const, though it only copies from it.
    void* text = const_cast<char*>(page.body.data());
    const Handle<MHD_Response, MHD_destroy_response> response(
        MHD_create_response_from_buffer(page.body.size(), text, MHD_RESPMEM_MUST_COPY));
    if (!response) {
        return MHD_NO;
    }
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, page.type.c_str());
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (page.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    return MHD_queue_response(connection, page.status, response.get());
}

struct Connection {
    int fd;
    Clock::time_point since;  ///< Of its start, or of its last answer.
    bool closed = false;
};

}  // namespace

struct HttpServer::Implementation {
    Handler handler;
    HttpLimits limits;
    std::string address;
    int port = 0;
    std::list<Connection> connections;  ///< Used by the server's thread only.
    Handle<MHD_Daemon, MHD_stop_daemon> daemon;
    UniqueFd stop{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    std::jthread thread;

    static MHD_Result answer(void* self, MHD_Connection* connection, const char* path, const char* method,
                             const char* /*version*/, const char* /*upload*/, std::size_t* /*upload_size*/,
                             void** /*state*/) {
        try {
            const std::string_view verb(method);
            if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
                return send_page(connection,
                                 {.status = MHD_HTTP_METHOD_NOT_ALLOWED, .body = "only GET and HEAD\n"});
            }
            return send_page(connection, static_cast<Implementation*>(self)->handler(path));
        } catch (const std::exception& error) {
            spdlog::error("metrics server: {} fails: {}", path, error.what());
            return MHD_NO;
        }
    }

    static void note_connection(void* self, MHD_Connection* connection, void** context,
                                MHD_ConnectionNotificationCode code) {
        auto& connections = static_cast<Implementation*>(self)->connections;
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
            const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
            connections.push_back({info->connect_fd, Clock::now()});
            *context = &connections.back();
        } else {
            std::erase_if(connections, [&](const auto& each) { return &each == *context; });
        }
    }

    static void note_answered(void* self, MHD_Connection* connection, void** /*state*/,
                              MHD_RequestTerminationCode /*code*/) {
        auto& connections = static_cast<Implementation*>(self)->connections;
        const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        const auto found = std::find_if(connections.begin(), connections.end(),
                                        [&](const auto& each) { return &each == info->socket_context; });
        if (found != connections.end()) {
            found->since = Clock::now();
        }
    }

    /// MHD notices that the socket is shut, and closes the connection.
    static void shut(Connection& connection) {
        shutdown(connection.fd, SHUT_RDWR);
        connection.closed = true;
    }

    void close_overdue() {
        const auto now = Clock::now();
        std::vector<Connection*> open;
        for (auto& connection : connections) {
            if (!connection.closed && now - connection.since > limits.deadline) {
                shut(connection);
            } else if (!connection.closed) {
                open.push_back(&connection);
            }
        }
        // There is always a place for the next one.
        std::ranges::sort(open, {}, &Connection::since);
        for (std::size_t index = 0; open.size() - index >= limits.max_connections; ++index) {
            shut(*open[index]);
        }
    }

    void serve(const std::stop_token& stopped) {
        const int epoll = MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
        while (!stopped.stop_requested()) {
            std::array<pollfd, 2> fds{{{epoll, POLLIN, 0}, {stop.get(), POLLIN, 0}}};
            MHD_UNSIGNED_LONG_LONG due = 0;
            auto timeout = connections.empty() ? -1 : static_cast<int>(watch_period.count());
            if (MHD_get_timeout(daemon.get(), &due) == MHD_YES) {
                timeout = static_cast<int>(std::min<MHD_UNSIGNED_LONG_LONG>(due, watch_period.count()));
            }
            poll(fds.data(), fds.size(), timeout);
            MHD_run(daemon.get());
            close_overdue();
        }
        daemon.reset();
    }
};

HttpServer::HttpServer(const std::string& listen, Handler handler, HttpLimits limits)
    : implementation_(std::make_unique<Implementation>()) {
    auto& self = *implementation_;
    self.handler = std::move(handler);
    self.limits = limits;
    auto listener = open_listener(listen);
    self.address = bound_address(listener.get());
    self.port = bound_port(listener.get());
    // MHD's own limit leaves room for those that are being closed.
    self.daemon.reset(MHD_start_daemon(MHD_USE_EPOLL, 0, nullptr, nullptr, Implementation::answer, &self,
                                       MHD_OPTION_LISTEN_SOCKET, listener.get(), MHD_OPTION_NOTIFY_CONNECTION,
                                       Implementation::note_connection, &self, MHD_OPTION_NOTIFY_COMPLETED,
                                       Implementation::note_answered, &self, MHD_OPTION_CONNECTION_LIMIT,
                                       static_cast<unsigned>(limits.max_connections + 16), MHD_OPTION_END));
    if (!self.daemon) {
        throw Failure(FailureKind::system, "--metrics-listen: the HTTP server does not start");
    }
    listener.release();  // The daemon's from here on.
    self.thread = std::jthread([&self](const std::stop_token& stopped) { self.serve(stopped); });
}

HttpServer::~HttpServer() {
    implementation_->thread.request_stop();
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(implementation_->stop.get(), &one, sizeof one);
    implementation_->thread.join();
}

int HttpServer::port() const {
    return implementation_->port;
}

std::string HttpServer::address() const {
    return implementation_->address;
}

}  // namespace framebridge::runtime
