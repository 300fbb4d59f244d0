#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "framebridge/protocol/store_address.h"
#include "store/frame_store.h"

namespace framebridge::store {

struct RedisConfig {
    protocol::StoreAddress address;  ///< As locations name it.
    std::string unix_socket;         ///< If not empty: connect here instead; locations still name `address`.
    std::string username;            ///< ACL user; empty: the default user.
    std::string password;            ///< Empty: no AUTH.
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds response_timeout{5000};  ///< No progress for so long: reconnect, send again.
    std::chrono::milliseconds retry_backoff{
        100};  ///< First pause; doubles with jitter up to retry_backoff_max.
    std::chrono::milliseconds retry_backoff_max{2000};
    std::size_t window_bytes = std::size_t{16} << 20;  ///< Payload bytes sent and not yet confirmed.
};

/// Counted by the store, read by the adapter's metrics (same thread).
struct RedisStatistics {
    std::uint64_t connects = 0;
    std::uint64_t disconnects = 0;
    std::uint64_t retries = 0;  ///< Requests sent again, for whatever reason.
    std::uint64_t payload_bytes_sent = 0;
    std::uint64_t payload_bytes_received = 0;
};

/// A FrameStore over one connection to Redis 6 or later, KeyDB, Valkey or KVRocks; no cluster, no TLS.
/// Requests are refused only if the content is larger than the server takes, the key holds something else, or
/// the server answers with an error that is not known to pass, five times. Resolving a host name blocks.
class RedisFrameStore : public FrameStore {
  public:
    /// Does not connect yet: that happens in advance().
    static std::unique_ptr<RedisFrameStore> open(RedisConfig config);
    [[nodiscard]] virtual const RedisStatistics& statistics() const = 0;
};

/// What a start-up check found out about a store.
struct StoreCheck {
    bool reachable = false;
    std::string error;    ///< If it refused us (wrong password, no such db, a cluster): why, and
                          ///< what to do. Empty otherwise.
    std::string version;  ///< redis_version as INFO says.
    std::optional<std::uint64_t>
        maxmemory;                ///< Bytes; 0 = unlimited; none where CONFIG and INFO are not allowed.
    std::string eviction_policy;  ///< maxmemory_policy, e.g. `noeviction`, `allkeys-lru`.
};

/// Connects, looks, and disconnects; blocks for at most the connect and response timeouts.
StoreCheck check_store(const RedisConfig& config);

}  // namespace framebridge::store
