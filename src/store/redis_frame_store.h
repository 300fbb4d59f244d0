#pragma once

#include <memory>

#include "store/frame_store.h"
#include "store/name_lookup.h"
#include "store/redis_config.h"

namespace framebridge::store {

/// A FrameStore over one connection to Redis 6 or later, KeyDB, Valkey or KVRocks, or a proxy before them; no
/// cluster. The least that a server must know: GET, SET with PX, PTTL, PEXPIRE, and AUTH or SELECT if they
/// are configured; scripts, PEXPIRE GT, SET NX, PERSIST and STRLEN are used where it has them. Requests are
/// refused only if the content is larger than the server takes or the get allows, or the key holds something
/// else than a string. All other errors are waited for.
class RedisFrameStore : public FrameStore {
  public:
    /// Does not connect yet: that happens in advance(). `resolve` is called on other threads.
    static std::unique_ptr<RedisFrameStore> open(const RedisConfig& config, Resolve resolve = resolve_name);
};

}  // namespace framebridge::store
