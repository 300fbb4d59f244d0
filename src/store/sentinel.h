#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framebridge/result.h"
#include "store/name_lookup.h"
#include "store/redis_config.h"

namespace framebridge::store {

/// Asks the Sentinels of `config` for the address of the master, in turn, until one knows it; for
/// RedisSession, which looks up its address for each connection. Reaches them as `config` says of the store
/// (timeouts, TLS), but without its login. `resolve` looks up host names.
Resolve resolve_master(const RedisConfig& config, Resolve resolve = resolve_name);

}  // namespace framebridge::store
