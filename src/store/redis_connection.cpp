#include "store/redis_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace framebridge::store {

RedisConnection::Progress RedisConnection::fail(int error_number) {
    error_ = std::generic_category().message(error_number);
    return Progress::failed;
}

RedisConnection::Progress RedisConnection::checked(Progress progress) {
    if (progress == Progress::failed) {
        error_ = tls_->error();
    }
    return progress;
}

RedisConnection::Progress RedisConnection::send(std::span<iovec> pieces, std::size_t& bytes) {
    if (tls_) {
        return checked(tls_->send(pieces, bytes));
    }
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
    if (tls_) {
        return checked(tls_->receive(pieces, bytes));
    }
    std::size_t room = 0;
    for (const iovec& piece : pieces) {
        room += piece.iov_len;
    }
    const ssize_t received = readv(fd(), pieces.data(), static_cast<int>(pieces.size()));
    bytes = received > 0 ? static_cast<std::size_t>(received) : 0;
    if (received > 0) {
        // Less than there was room for: the socket is empty, without asking it again.
        return bytes == room ? Progress::done : Progress::would_block;
    }
    if (received == 0) {
        error_ = "closed by the store";
        return Progress::failed;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Progress::would_block : fail(errno);
}

}  // namespace framebridge::store
