#include "store/redis_connection.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace framebridge::store {

void RedisContextDeleter::operator()(redisContext* context) const {
    redisFree(context);
}

std::string describe(const RedisConfig& config) {
    const protocol::StoreAddress& address = config.address;
    std::string text = address.host + ':' + std::to_string(address.port) + ':' + std::to_string(address.db);
    if (!config.unix_socket.empty()) {
        text += " (" + config.unix_socket + ')';
    }
    return text;
}

std::string host_name(const protocol::StoreAddress& address) {
    const std::string& host = address.host;
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

RedisConnection::RedisConnection(const RedisConfig& config)
    : context_(config.unix_socket.empty()
                   ? redisConnectNonBlock(host_name(config.address).c_str(), config.address.port)
                   : redisConnectUnixNonBlock(config.unix_socket.c_str())) {
    if (!context_) {
        throw std::bad_alloc();
    }
    if (context_->err != 0) {
        error_ = context_->errstr;
        return;
    }
    if (config.unix_socket.empty()) {
        const int yes = 1;
        (void)setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        (void)redisEnableKeepAlive(context_.get());
        // Unsupported socket options are no reason not to use the connection.
        context_->err = 0;
    }
}

int RedisConnection::fd() const {
    return context_->fd;
}

RedisConnection::Progress RedisConnection::fail(int error_number) {
    error_ = std::generic_category().message(error_number);
    return Progress::failed;
}

RedisConnection::Progress RedisConnection::finish_connecting() {
    pollfd ready{fd(), POLLOUT, 0};
    if (poll(&ready, 1, 0) == 0) {
        return Progress::would_block;
    }
    int error_number = 0;
    socklen_t size = sizeof(error_number);
    if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) {
        return fail(errno);
    }
    return error_number == 0 ? Progress::done : fail(error_number);
}

RedisConnection::Progress RedisConnection::send(std::span<iovec> pieces, std::size_t& bytes) {
    std::size_t whole = 0;
    for (const iovec& piece : pieces) {
        whole += piece.iov_len;
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t sent = sendmsg(fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    bytes = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        return fail(errno);
    }
    return bytes == whole ? Progress::done : Progress::would_block;
}

RedisConnection::Progress RedisConnection::receive(std::span<iovec> pieces, std::size_t& bytes) {
    const ssize_t received = readv(fd(), pieces.data(), static_cast<int>(pieces.size()));
    bytes = received > 0 ? static_cast<std::size_t>(received) : 0;
    if (received > 0) {
        return Progress::done;
    }
    if (received == 0) {
        error_ = "closed by the store";
        return Progress::failed;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Progress::would_block : fail(errno);
}

}  // namespace framebridge::store
