#include "store/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>

namespace framebridge::store {

namespace {

std::string last_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* const reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "unknown error";
}

bool is_address(const std::string& name) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

}  // namespace

Result<TlsContext> TlsContext::open(const TlsConfig& config) {
    ERR_clear_error();
    TlsContext tls;
    tls.context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = tls.context_.get();
    if (context == nullptr) {
        return problem("OpenSSL offers no TLS: " + last_error());
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context, config.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (config.ca_file.empty()) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (SSL_CTX_load_verify_file(context, config.ca_file.c_str()) != 1) {
        return problem("no CA certificate can be read from '" + config.ca_file + "': " + last_error());
    }
    if (!config.cert_file.empty() &&
        SSL_CTX_use_certificate_chain_file(context, config.cert_file.c_str()) != 1) {
        return problem("no certificate can be read from '" + config.cert_file + "': " + last_error());
    }
    if (!config.key_file.empty() &&
        SSL_CTX_use_PrivateKey_file(context, config.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return problem("no key that fits the certificate can be read from '" + config.key_file +
                       "': " + last_error());
    }
    return tls;
}

TlsChannel::TlsChannel(const TlsContext& context, int socket, const std::string& server_name)
    : ssl_(SSL_new(context.get())) {
    if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1) {
        throw std::bad_alloc();
    }
    if (is_address(server_name)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), server_name.c_str());
    } else {
        SSL_set1_host(ssl_.get(), server_name.c_str());
        SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str());
    }
    SSL_set_connect_state(ssl_.get());
}

TlsChannel::Progress TlsChannel::handshake() {
    ERR_clear_error();
    return judge(SSL_do_handshake(ssl_.get()));
}

TlsChannel::Progress TlsChannel::send(std::span<const iovec> pieces, std::size_t& bytes) {
    bytes = 0;
    for (const iovec& piece : pieces) {
        for (std::size_t sent = 0; sent < piece.iov_len;) {
            std::size_t some = 0;
            ERR_clear_error();
            const int result = SSL_write_ex(ssl_.get(), static_cast<const char*>(piece.iov_base) + sent,
                                            piece.iov_len - sent, &some);
            if (const Progress progress = judge(result); progress != Progress::done) {
                return progress;
            }
            sent += some;
            bytes += some;
        }
    }
    return Progress::done;
}

TlsChannel::Progress TlsChannel::receive(std::span<const iovec> pieces, std::size_t& bytes) {
    ERR_clear_error();
    bytes = 0;
    return judge(SSL_read_ex(ssl_.get(), pieces.front().iov_base, pieces.front().iov_len, &bytes));
}

TlsChannel::Progress TlsChannel::judge(int result) {
    wants_to_write_ = false;
    if (result == 1) {
        return Progress::done;
    }
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_WRITE:
            wants_to_write_ = true;
            return Progress::would_block;
        case SSL_ERROR_WANT_READ:
            return Progress::would_block;
        case SSL_ERROR_ZERO_RETURN:
            error_ = "closed by the store";
            return Progress::failed;
        case SSL_ERROR_SYSCALL:
            error_ =
                system_error == 0 ? "closed by the store" : std::generic_category().message(system_error);
            return Progress::failed;
        default:
            break;
    }
    const long verified = SSL_get_verify_result(ssl_.get());
    const unsigned long code = ERR_peek_last_error();
    const int reason = ERR_GET_REASON(code);
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ERR_clear_error();
        error_ = "closed by the store";
    } else if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
        ERR_clear_error();
        misconfigured_ = true;
        error_ = "it does not speak TLS at this port: leave out --redis-tls, or use its TLS port";
    } else if (verified != X509_V_OK && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        ERR_clear_error();
        misconfigured_ = true;
        error_ = std::string("its certificate is not accepted: ") + X509_verify_cert_error_string(verified) +
                 ": see --redis-tls-ca and --redis-tls-server-name";
    } else {
        error_ = "TLS failed: " + last_error() + ": see --redis-tls-cert and --redis-tls-key";
    }
    return Progress::failed;
}

}  // namespace framebridge::store
