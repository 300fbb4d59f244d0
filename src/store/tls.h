#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "framebridge/result.h"
#include "runtime/handle.h"

namespace framebridge::store {

/// How a store is reached by TLS. Paths are of PEM files.
struct TlsConfig {
    bool enabled = false;
    std::string ca_file{};    ///< Who may have signed the store's certificate; empty: the system's list.
    std::string cert_file{};  ///< Our own certificate, with its chain; empty: none.
    std::string key_file{};   ///< Its key.
    std::string
        server_name{};   ///< As the store's certificate names it; empty: the host as it is connected to.
    bool verify = true;  ///< Whether the store's certificate is checked.
};

/// Certificates and keys, read once.
class TlsContext {
  public:
    /// The problem names the file.
    static Result<TlsContext> open(const TlsConfig& config);
    [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

  private:
    runtime::Handle<SSL_CTX, &SSL_CTX_free> context_;
};

/// TLS on a connected non-blocking socket, which it does not own.
class TlsChannel {
  public:
    enum class Progress { done, would_block, failed };

    /// `server_name`: a host name or an IP address.
    TlsChannel(const TlsContext& context, int socket, const std::string& server_name);

    Progress handshake();
    Progress send(std::span<const iovec> pieces, std::size_t& bytes);
    Progress receive(std::span<const iovec> pieces, std::size_t& bytes);
    /// It waits until it can write, whatever it was asked for.
    [[nodiscard]] bool wants_to_write() const { return wants_to_write_; }
    [[nodiscard]] const std::string& error() const { return error_; }
    /// The peer does not speak TLS, or the certificates do not fit: no other try helps.
    [[nodiscard]] bool is_misconfigured() const { return misconfigured_; }

  private:
    Progress judge(int result);

    runtime::Handle<SSL, &SSL_free> ssl_;
    bool wants_to_write_ = false;
    bool misconfigured_ = false;
    std::string error_;
};

}  // namespace framebridge::store
