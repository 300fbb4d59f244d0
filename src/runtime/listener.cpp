#include "runtime/listener.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "runtime/failure.h"
#include "runtime/handle.h"

namespace framebridge::runtime {

namespace {

Failure cannot_listen(const std::string& listen, const std::string& why) {
    return {FailureKind::unavailable, Retry::useless,
            fmt::format("--metrics-listen: cannot serve metrics on '{}': {}", listen, why)};
}

}  // namespace

ListenAddress parse_listen_address(const std::string& listen) {
    const auto colon = listen.rfind(':');
    ListenAddress address;
    if (colon != std::string::npos) {
        address.host = listen.substr(0, colon);
    }
    address.port = listen.substr(colon == std::string::npos ? 0 : colon + 1);
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    if (address.host.empty()) {
        address.host = "127.0.0.1";
    }
    std::uint16_t port = 0;
    const char* end = address.port.data() + address.port.size();
    if (const auto read = std::from_chars(address.port.data(), end, port);
        read.ec != std::errc{} || read.ptr != end) {
        throw cannot_listen(listen, "it must be host:port or port, with a port from 0 (a free one) to 65535");
    }
    return address;
}

UniqueFd open_listener(const std::string& listen) {
    const auto address = parse_listen_address(listen);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
        error != 0) {
        throw cannot_listen(listen, gai_strerror(error));
    }
    const Handle<addrinfo, freeaddrinfo> addresses(found);
    int error = 0;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        UniqueFd fd(
            socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, each->ai_protocol));
        const int on = 1;
        if (fd && setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(fd.get(), each->ai_addr, each->ai_addrlen) == 0 && ::listen(fd.get(), SOMAXCONN) == 0) {
            return fd;
        }
        error = errno;
    }
    throw cannot_listen(listen, std::generic_category().message(error));
}

std::string bound_address(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host.data(), host.size(), port.data(),
                    port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return {};
    }
    return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host.data(), port.data())
                                         : fmt::format("{}:{}", host.data(), port.data());
}

int bound_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace framebridge::runtime
