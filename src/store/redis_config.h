#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/protocol/store_address.h"
#include "framebridge/result.h"
#include "store/tls.h"

namespace framebridge::store {

/// `host:port,host:port,…`: where Sentinels are.
struct SentinelAddresses : std::vector<protocol::StoreAddress> {
    using std::vector<protocol::StoreAddress>::vector;
    static Result<SentinelAddresses> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// Sentinels, and the master that they are asked for.
struct SentinelConfig {
    SentinelAddresses addresses;  ///< Whose database means nothing.
    std::string master;

    bool operator==(const SentinelConfig&) const = default;
};

struct RedisConfig {
    protocol::StoreAddress address;          ///< As locations name it.
    std::optional<SentinelConfig> sentinel;  ///< Asked at each connect for the host and port to connect to.
    std::string unix_socket;  ///< If not empty: connect here instead; locations still name `address`.
    std::string username;     ///< ACL user; empty: the default user.
    std::string password;     ///< Empty: no AUTH.
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

/// The store as log messages name it: `host:port:db`, and the unix socket or the Sentinels if there are such.
std::string describe(const RedisConfig& config);

}  // namespace framebridge::store
