#pragma once

#include <string>

#include "runtime/unique_fd.h"

namespace framebridge::runtime {

struct ListenAddress {
    std::string host;  ///< Never empty: the loopback address if none was given.
    std::string port;
};

/// `host:port`, `[ipv6]:port`, `:port` or `port`. Throws Failure naming `--metrics-listen`.
ListenAddress parse_listen_address(const std::string& listen);

/// A listening TCP socket, non-blocking, on the first of the host's addresses that can be bound. Throws
/// Failure naming `--metrics-listen`.
UniqueFd open_listener(const std::string& listen);

/// `127.0.0.1:9464`: what the socket is bound to.
std::string bound_address(int fd);
int bound_port(int fd);

}  // namespace framebridge::runtime
