#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "framebridge/protocol/store_address.h"
#include "framebridge/result.h"
#include "store/redis_config.h"

namespace framebridge::source {

/// Where a store that messages name is reached from here: `host:port:db`, `redis://host[:port][/db]`, the
/// same as `rediss://` for TLS, or `sentinel://host:port,…/MASTER[/db]`.
struct StoreRoute {
    protocol::StoreAddress address;  ///< By Sentinel: its database only.
    std::optional<bool> tls{};       ///< None: as --redis-tls says.
    std::optional<store::SentinelConfig> sentinel{};

    bool operator==(const StoreRoute&) const = default;
    /// A problem does not repeat the text, which may hold a password.
    static Result<StoreRoute> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

}  // namespace framebridge::source
