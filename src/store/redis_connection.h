#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string>

#include "store/redis_frame_store.h"

struct redisContext;

namespace framebridge::store {

struct RedisContextDeleter {
    void operator()(redisContext* context) const;
};
using RedisContext = std::unique_ptr<redisContext, RedisContextDeleter>;

/// The store as log messages name it: `host:port:db`, and the unix socket if there is one.
std::string describe(const RedisConfig& config);

/// The host as getaddrinfo takes it: an IPv6 address without its brackets.
std::string host_name(const protocol::StoreAddress& address);

/// A non-blocking connection: what hiredis connects, read and written directly.
class RedisConnection {
  public:
    enum class Progress { done, would_block, failed };

    /// Starts to connect; error() says if that failed at once. Resolving a host name may block.
    explicit RedisConnection(const RedisConfig& config);

    [[nodiscard]] int fd() const;
    /// Whether the connection stands.
    Progress finish_connecting();
    /// Sends all pieces or, with `would_block`, some; `bytes` are sent in any case.
    Progress send(std::span<iovec> pieces, std::size_t& bytes);
    /// Receives into the pieces; `would_block` with 0 bytes if there is nothing.
    Progress receive(std::span<iovec> pieces, std::size_t& bytes);
    /// Why something failed; empty if nothing did.
    [[nodiscard]] const std::string& error() const { return error_; }

  private:
    Progress fail(int error_number);

    RedisContext context_;
    std::string error_;
};

}  // namespace framebridge::store
