#pragma once

#include <hiredis/hiredis.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/protocol/store_address.h"
#include "runtime/handle.h"

namespace framebridge::inspect {

/// How stores are reached. Without `allowed` and `aliases` any store that a message names is asked, without
/// credentials.
struct StoreAccess {
    std::map<protocol::StoreAddress, protocol::StoreAddress> aliases;
    std::vector<protocol::StoreAddress> allowed;
    std::string username;
    std::string password;
    std::chrono::milliseconds timeout{5000};
};

/// What to find out about a key.
enum class Look { size_and_ttl, content };

/// What a store says of a key.
struct StoredKey {
    bool exists = false;
    std::uint64_t size = 0;
    std::optional<std::chrono::milliseconds> ttl;  ///< None: it does not expire.
    std::string content;                           ///< With Look::content.
};

/// Asks stores about keys, read only and pipelined. One connection a store, opened when it is first named.
/// One thread at a time.
class StoreLookup {
  public:
    explicit StoreLookup(StoreAccess access) : access_(std::move(access)) {}

    /// Whether messages may make us ask this store; a text that is no address is not followed either.
    [[nodiscard]] bool follows(std::string_view store) const;
    /// The answers in the keys' order. Throws Failure if the store cannot be asked.
    std::vector<StoredKey> ask(std::string_view store, const std::vector<std::string_view>& keys, Look look);
    /// Calls `visit` with each key that begins with `prefix` and was not used for `idle`; SCAN's order.
    void each_key(std::string_view store, const std::string& prefix, std::chrono::seconds idle,
                  const std::function<void(const std::string& key, std::uint64_t size)>& visit);

  private:
    using Connection = runtime::Handle<redisContext, redisFree>;
    using Reply = std::unique_ptr<redisReply, runtime::Releaser<freeReplyObject>>;

    redisContext& connection(std::string_view store);
    Connection connect(const protocol::StoreAddress& address) const;
    static void append(redisContext& context, const std::vector<std::string_view>& command);
    static Reply next(redisContext& context);

    StoreAccess access_;
    std::map<std::string, Connection, std::less<>> connections_;
};

}  // namespace framebridge::inspect
