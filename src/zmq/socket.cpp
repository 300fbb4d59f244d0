#include "zmq/socket.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/failure.h"
#include "runtime/handle.h"
#include "zmq/ipc_file.h"

namespace framebridge::zmq {

namespace {

[[noreturn]] void fail(const Endpoint& endpoint, const std::string& why) {
    throw runtime::Failure(runtime::FailureKind::unavailable, runtime::Retry::useless,
                           "cannot open the ZeroMQ endpoint " + endpoint.to_string() + ": " + why);
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

bool resolves_to(const std::string& host, int family) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const bool resolves = ::getaddrinfo(host.c_str(), nullptr, &hints, &found) == 0;
    const runtime::Handle<addrinfo, &::freeaddrinfo> owner(found);
    return resolves;
}

// With ZMQ_IPV6, libzmq takes nothing but the IPv6 addresses of a name: only where it has no others.
bool needs_ipv6(const Endpoint& endpoint) {
    constexpr std::string_view scheme = "tcp://";
    const std::string_view address = endpoint.address;
    if (!address.starts_with(scheme)) {
        return false;
    }
    const std::string host{address.substr(scheme.size(), address.rfind(':') - scheme.size())};
    if (host.front() == '[' || host == "*") {
        return true;
    }
    return !endpoint.bind && !resolves_to(host, AF_INET) && resolves_to(host, AF_INET6);
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
    socket.set(::zmq::sockopt::ipv6, needs_ipv6(endpoint));
}

std::string attach(::zmq::socket_t& socket, const Endpoint& endpoint, FileMode ipc_permissions) {
    const auto file = socket_file(endpoint);
    if (endpoint.bind && file) {
        if (const auto prepared = prepare_socket_file(*file, ipc_permissions); !prepared) {
            fail(endpoint, prepared.error().to_string());
        }
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
