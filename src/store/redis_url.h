#pragma once

#include <string>
#include <string_view>

#include "framebridge/result.h"
#include "store/redis_config.h"

namespace framebridge::store {

/// `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, or `rediss://` for TLS; user and password percent-encoded.
struct RedisUrl {
    protocol::StoreAddress address;
    std::string username;
    std::string password;
    bool tls = false;

    /// Without the user and the password; empty if there is no host.
    [[nodiscard]] std::string to_string() const;
    /// A problem does not repeat the text, which may hold a password.
    static Result<RedisUrl> parse(std::string_view text);
};

}  // namespace framebridge::store
