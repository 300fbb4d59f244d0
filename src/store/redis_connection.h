#pragma once

#include <sys/uio.h>

#include <span>
#include <string>
#include <utility>

#include "runtime/unique_fd.h"

namespace framebridge::store {

/// Reads and writes a connected non-blocking socket.
class RedisConnection {
  public:
    enum class Progress { done, would_block, failed };

    explicit RedisConnection(runtime::UniqueFd socket) : socket_(std::move(socket)) {}

    [[nodiscard]] int fd() const { return socket_.get(); }
    /// Sends all pieces or, with `would_block`, some; `bytes` are sent in any case.
    Progress send(std::span<iovec> pieces, std::size_t& bytes);
    /// Receives into the pieces; with `would_block` nothing more is there now. `bytes` came in any case.
    Progress receive(std::span<iovec> pieces, std::size_t& bytes);
    /// Why something failed; empty if nothing did.
    [[nodiscard]] const std::string& error() const { return error_; }

  private:
    Progress fail(int error_number);

    runtime::UniqueFd socket_;
    std::string error_;
};

}  // namespace framebridge::store
