#include "zmq/socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "runtime/failure.h"

namespace framebridge::zmq {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const Endpoint& endpoint, const std::string& why) {
    throw runtime::Failure(runtime::FailureKind::unavailable, runtime::Retry::useless,
                           "cannot open the ZeroMQ endpoint " + endpoint.to_string() + ": " + why);
}

/// The socket file of an ipc endpoint; none for tcp and for Linux's abstract names (ipc://@name).
std::optional<fs::path> socket_file(const Endpoint& endpoint) {
    constexpr std::string_view scheme = "ipc://";
    if (!endpoint.address.starts_with(scheme) || endpoint.address[scheme.size()] == '@') {
        return std::nullopt;
    }
    return fs::path{endpoint.address.substr(scheme.size())};
}

bool has_listener(const fs::path& file) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, file.c_str(), sizeof(address.sun_path) - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    const bool refused = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 &&
                         (errno == ECONNREFUSED || errno == ENOENT);
    ::close(fd);
    return !refused;
}

// libzmq unlinks whatever lies at the path before it binds: right for what a killed process left behind, but
// it would silently cut off a process that still listens there, or delete somebody's file.
void prepare_file(const Endpoint& endpoint, const fs::path& file) {
    std::error_code error;
    if (file.has_parent_path()) {
        fs::create_directories(file.parent_path(), error);
        if (error) {
            fail(endpoint, "its directory cannot be made: " + error.message());
        }
    }
    const auto status = fs::status(file, error);
    if (!fs::exists(status)) {
        return;
    }
    if (!fs::is_socket(status)) {
        fail(endpoint,
             "there is something at this path that is not a socket; remove it or choose another path");
    }
    if (has_listener(file)) {
        fail(endpoint, "another process listens there; stop it or choose another path");
    }
}

std::string hint(int error) {
    switch (error) {
        case EADDRINUSE:
            return "; stop the process that listens there, or choose another port";
        case EADDRNOTAVAIL:
        case ENODEV:
            return "; the host to bind must be an address or interface of this machine, or *";
        case EACCES:
            return "; the user may not open this path or port";
        default:
            return "";
    }
}

}  // namespace

void set_common_options(::zmq::socket_t& socket, const Endpoint& endpoint) {
    // A peer's host that vanishes without a word is noticed after about a minute.
    socket.set(::zmq::sockopt::tcp_keepalive, 1);
    socket.set(::zmq::sockopt::tcp_keepalive_idle, 30);
    socket.set(::zmq::sockopt::tcp_keepalive_intvl, 10);
    socket.set(::zmq::sockopt::tcp_keepalive_cnt, 3);
    socket.set(::zmq::sockopt::reconnect_ivl, 100);
    socket.set(::zmq::sockopt::reconnect_ivl_max, 2000);
    socket.set(::zmq::sockopt::ipv6, endpoint.address.find('[') != std::string::npos);
}

std::string attach(::zmq::socket_t& socket, const Endpoint& endpoint,
                   std::optional<unsigned> ipc_permissions) {
    const auto file = socket_file(endpoint);
    if (endpoint.bind && file) {
        prepare_file(endpoint, *file);
    }
    try {
        if (endpoint.bind) {
            socket.bind(endpoint.address);
        } else {
            socket.connect(endpoint.address);
        }
    } catch (const ::zmq::error_t& error) {
        fail(endpoint, error.what() + hint(error.num()));
    }
    if (endpoint.bind && file && ipc_permissions && ::chmod(file->c_str(), *ipc_permissions) != 0) {
        fail(endpoint, "the socket file's mode cannot be set: " + std::string{std::strerror(errno)});
    }
    return endpoint.bind ? socket.get(::zmq::sockopt::last_endpoint) : endpoint.address;
}

::zmq::socket_t open_monitor(::zmq::context_t& context, ::zmq::socket_t& socket, int events) {
    static std::atomic<std::uint64_t> next{0};
    const auto address = "inproc://events-" + std::to_string(next++);
    if (zmq_socket_monitor(socket.handle(), address.c_str(), events) != 0) {
        throw ::zmq::error_t();
    }
    ::zmq::socket_t monitor(context, ::zmq::socket_type::pair);
    // libzmq's I/O thread would wait for room in a queue with a limit.
    monitor.set(::zmq::sockopt::rcvhwm, 0);
    monitor.connect(address);
    return monitor;
}

bool send_part(::zmq::socket_t& socket, ::zmq::message_t& part, bool more) {
    const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
    while (zmq_msg_send(part.handle(), socket.handle(), flags) < 0) {
        if (zmq_errno() == EAGAIN) {
            return false;
        }
        if (zmq_errno() != EINTR) {
            throw ::zmq::error_t();
        }
    }
    return true;
}

bool receive_part(::zmq::socket_t& socket, ::zmq::message_t& part) {
    while (zmq_msg_recv(part.handle(), socket.handle(), ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EAGAIN) {
            return false;
        }
        if (zmq_errno() != EINTR) {
            throw ::zmq::error_t();
        }
    }
    return true;
}

}  // namespace framebridge::zmq
