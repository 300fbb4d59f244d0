#pragma once

#include <cstdint>
#include <memory>

#include "store/frame_store.h"
#include "store/name_lookup.h"
#include "store/redis_config.h"

namespace framebridge::store {

/// Counted by the store, read by the adapter's metrics (same thread).
struct RedisStatistics {
    std::uint64_t connects = 0;
    std::uint64_t disconnects = 0;
    std::uint64_t retries = 0;  ///< Requests sent again, for whatever reason.
    std::uint64_t payload_bytes_sent = 0;
    std::uint64_t payload_bytes_received = 0;
};

/// A FrameStore over one connection to Redis 6 or later, KeyDB, Valkey or KVRocks, or a proxy before them; no
/// cluster. The least that a server must know: GET, SET with PX, PTTL, PEXPIRE, and AUTH or SELECT if they
/// are configured; scripts, PEXPIRE GT, SET NX, PERSIST and STRLEN are used where it has them. Requests are
/// refused only if the content is larger than the server takes or the get allows, or the key holds something
/// else than a string. All other errors are waited for.
class RedisFrameStore : public FrameStore {
  public:
    /// Does not connect yet: that happens in advance(). `resolve` is called on other threads.
    static std::unique_ptr<RedisFrameStore> open(RedisConfig config, Resolve resolve = resolve_name);
    [[nodiscard]] virtual const RedisStatistics& statistics() const = 0;
};

}  // namespace framebridge::store
