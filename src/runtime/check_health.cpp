#include "runtime/check_health.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <string_view>

#include "runtime/failure.h"
#include "runtime/handle.h"
#include "runtime/listener.h"
#include "runtime/unique_fd.h"

namespace framebridge::runtime {

namespace {

constexpr timeval patience{3, 0};
constexpr std::string_view request = "GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n";

UniqueFd connect_to(const ListenAddress& address) {
    // What listens at all addresses is reached at the loopback one.
    const auto host = address.host == "0.0.0.0" ? "127.0.0.1" : address.host == "::" ? "::1" : address.host;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), address.port.c_str(), &hints, &found) != 0) {
        return {};
    }
    const Handle<addrinfo, freeaddrinfo> addresses(found);
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        UniqueFd fd(socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol));
        if (fd && setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
            setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
            connect(fd.get(), each->ai_addr, each->ai_addrlen) == 0) {
            return fd;
        }
    }
    return {};
}

}  // namespace

HealthAnswer check_health(const std::string& listen) {
    if (listen.empty()) {
        return {
            .text =
                "--check-health needs --metrics-listen (FRAMEBRIDGE_METRICS_LISTEN): where health is served"};
    }
    try {
        const auto fd = connect_to(parse_listen_address(listen));
        if (!fd || send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
                       static_cast<ssize_t>(request.size())) {
            return {.text = "no adapter answers at " + listen};
        }
        std::string answer;
        std::array<char, 4096> part{};
        for (ssize_t size = 0; (size = recv(fd.get(), part.data(), part.size(), 0)) > 0;) {
            answer.append(part.data(), static_cast<std::size_t>(size));
        }
        const auto status = std::string_view(answer).substr(0, answer.find('\r'));
        const auto body = answer.find("\r\n\r\n");
        if (body == std::string::npos) {
            return {.text = "the adapter at " + listen + " does not answer"};
        }
        return {.healthy = status.find(" 200 ") != std::string_view::npos, .text = answer.substr(body + 4)};
    } catch (const Failure& failure) {
        return {.text = failure.what()};
    }
}

}  // namespace framebridge::runtime
