#pragma once

#include <sys/uio.h>

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "runtime/unique_fd.h"
#include "store/tls.h"

namespace framebridge::store {

/// Reads and writes a connected non-blocking socket, plainly or by TLS.
class RedisConnection {
  public:
    using Progress = TlsChannel::Progress;

    explicit RedisConnection(runtime::UniqueFd socket) : socket_(std::move(socket)) {}
    RedisConnection(runtime::UniqueFd socket, const TlsContext& context, const std::string& server_name)
        : socket_(std::move(socket)), tls_(std::in_place, context, socket_.get(), server_name) {}

    /// Of TLS; a plain connection needs none.
    Progress handshake() { return tls_ ? checked(tls_->handshake()) : Progress::done; }
    [[nodiscard]] bool wants_to_write() const { return tls_ && tls_->wants_to_write(); }
    [[nodiscard]] bool is_misconfigured() const { return tls_ && tls_->is_misconfigured(); }

    [[nodiscard]] int fd() const { return socket_.get(); }
    /// Sends all pieces or, with `would_block`, some; `bytes` are sent in any case.
    Progress send(std::span<iovec> pieces, std::size_t& bytes);
    /// Receives into the pieces; with `would_block` nothing more is there now. `bytes` came in any case.
    Progress receive(std::span<iovec> pieces, std::size_t& bytes);
    /// Why something failed; empty if nothing did.
    [[nodiscard]] const std::string& error() const { return error_; }

  private:
    Progress fail(int error_number);
    Progress checked(Progress progress);

    runtime::UniqueFd socket_;
    std::optional<TlsChannel> tls_;  // Goes before its socket.
    std::string error_;
};

}  // namespace framebridge::store
