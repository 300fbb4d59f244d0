#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "framebridge/protocol/store_address.h"
#include "store/tls.h"

namespace framebridge::store {

struct RedisConfig {
    protocol::StoreAddress address;  ///< As locations name it.
    std::string unix_socket;         ///< If not empty: connect here instead; locations still name `address`.
    std::string username;            ///< ACL user; empty: the default user.
    std::string password;            ///< Empty: no AUTH.
    TlsConfig tls;
    std::chrono::milliseconds connect_timeout{2000};  ///< For each of the host's addresses.
    /// No answer, nor 64 KiB a second of one, for so long: connect again, send again.
    std::chrono::milliseconds response_timeout{5000};
    /// First pause; doubles with jitter up to retry_backoff_max.
    std::chrono::milliseconds retry_backoff{100};
    std::chrono::milliseconds retry_backoff_max{2000};
    /// Payload bytes that may be under way in both directions; one request always may.
    std::size_t window_bytes = std::size_t{16} << 20;
};

/// The store as log messages name it: `host:port:db`, and the unix socket if there is one.
std::string describe(const RedisConfig& config);

}  // namespace framebridge::store
