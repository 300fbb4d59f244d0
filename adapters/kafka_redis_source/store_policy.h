#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framebridge/protocol/store_address.h"
#include "framebridge/result.h"
#include "kafka_redis_source/store_route.h"

namespace framebridge::source {

/// How a store came to be known.
enum class Trust {
    named,     ///< By --store-allow or --store-alias: it is waited for, and gets the login.
    stranger,  ///< By a message alone: it is waited for within limits, and never gets the login.
};

/// Why no store is asked for a frame.
enum class StoreRefusal {
    malformed,          ///< The location is not `host:port:db/key`.
    store_not_allowed,  ///< Neither --store-allow nor --store-alias names the store.
    key_not_allowed,    ///< --store-allow names the store with other key prefixes.
    needs_login,        ///< A password is set, and only named stores get it.
};

/// What a user can do about it.
std::string_view to_string(StoreRefusal refusal);

/// `host:port:db[/key-prefix]`: a store, and which of its keys messages may name.
struct AllowedStore {
    protocol::StoreAddress address;
    /// A key must begin with it, and end or go on with `:` there. Empty: any key.
    std::string key_prefix;

    bool operator==(const AllowedStore&) const = default;
    static Result<AllowedStore> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// --store-allow, --store-alias and --store-unreachable-limit.
struct StoreRules {
    std::vector<AllowedStore> allowed;  ///< The prefixes of one store add up.
    std::map<protocol::StoreAddress, StoreRoute> aliases;
    /// How long a stranger that has not given a frame yet is waited for.
    std::chrono::milliseconds unreachable_limit{60'000};
};

/// Whether stores are logged in to.
enum class Login { none, needed };

/// Which stores a message may name, which of their keys, and under which name they are reached from here.
class StorePolicy {
  public:
    struct Target {
        protocol::StoreAddress address;  ///< Of a store that Sentinels know: as messages name it.
        Trust trust = Trust::stranger;
    };

    StorePolicy(const StoreRules& rules, Login login);

    [[nodiscard]] bool names_none() const { return key_prefixes_.empty() && aliases_.empty(); }
    /// No store is named, and none may be asked without being named.
    [[nodiscard]] bool follows_none() const { return names_none() && login_ == Login::needed; }
    [[nodiscard]] std::chrono::milliseconds unreachable_limit() const { return unreachable_limit_; }
    /// Where the frame of a location `store/key` is, or why it is not asked for.
    [[nodiscard]] std::variant<Target, StoreRefusal> resolve(std::string_view store,
                                                             std::string_view key) const;

  private:
    [[nodiscard]] bool key_allowed(const protocol::StoreAddress& address, std::string_view key) const;

    std::map<protocol::StoreAddress, std::vector<std::string>> key_prefixes_;  ///< Of the stores allowed.
    std::map<protocol::StoreAddress, protocol::StoreAddress> aliases_;
    std::chrono::milliseconds unreachable_limit_;
    Login login_;
};

}  // namespace framebridge::source
