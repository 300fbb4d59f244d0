#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/stop_signal.h"
#include "store/name_lookup.h"
#include "store/redis_config.h"

namespace framebridge::store {

/// What a start-up check found out about a store.
struct StoreCheck {
    bool reachable = false;
    std::string problem;  ///< Why it is not of use now, in one sentence; it may pass.
    std::string error;    ///< What will not pass by itself (wrong password, no such db, a cluster): why, and
                          ///< what to do. Empty otherwise.
    std::string
        server;  ///< `Redis 7.0.15`, `Valkey 9.0.0`, ... as INFO says; empty where it may not be asked.
    /// Bytes; 0 = unlimited; none where INFO may not be asked.
    std::optional<std::uint64_t> maxmemory;
    std::string eviction_policy;  ///< maxmemory_policy, e.g. `noeviction`, `allkeys-lru`.
};

/// Connects, looks, and disconnects; blocks for at most the connect and response timeouts, or until a stop is
/// requested.
StoreCheck check_store(const RedisConfig& config, const runtime::StopSignal& stop,
                       const Resolve& resolve = resolve_name);

/// Asks a store for the settings by which it keeps what it has confirmed, through a crash of its own or a
/// failover: what is set otherwise, or that it may not be asked; one sentence each. Blocks like
/// check_store().
std::vector<std::string> check_durability(const RedisConfig& config, const runtime::StopSignal& stop,
                                          const Resolve& resolve = resolve_name);

}  // namespace framebridge::store
