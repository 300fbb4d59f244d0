#include "store/dialer.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace framebridge::store {

Dialer::Dialer(const RedisConfig& config, Resolve resolve)
    : host_(config.address.host),
      port_(config.address.port),
      unix_socket_(config.sentinel ? std::string() : config.unix_socket),
      by_sentinel_(config.sentinel.has_value()),
      timeout_(config.connect_timeout),
      resolve_(std::move(resolve)) {}

void Dialer::start(Clock::time_point now) {
    since_ = now;
    socket_.reset();
    addresses_.clear();
    next_ = 0;
    failure_ = {runtime::FailureKind::unavailable, "it has no address"};
    if (unix_socket_.empty()) {
        if (!lookup_) {
            lookup_.emplace(resolve_, host_, port_);
        }
        return;
    }
    if (const auto address = unix_address(unix_socket_)) {
        addresses_ = {*address};
    } else {
        failure_ = {runtime::FailureKind::misconfigured, "the path of its unix socket is too long"};
    }
}

void Dialer::stop() {
    socket_.reset();
}

Dialer::Progress Dialer::advance(Clock::time_point now) {
    if (socket_) {
        return finish_connecting(now);
    }
    return lookup_ ? look_up(now) : connect_next(now);
}

Dialer::Progress Dialer::look_up(Clock::time_point now) {
    std::optional<ResolvedName> found = lookup_->take();
    if (!found && now - since_ < timeout_) {
        return Progress::dialing;
    }
    if (found) {
        lookup_.reset();
        addresses_ = std::move(found->addresses);
    }
    put_last_good_first();
    if (!addresses_.empty()) {
        return connect_next(now);
    }
    return fail(runtime::FailureKind::unavailable,
                found ? found->error
                : by_sentinel_
                    ? fmt::format("no Sentinel answers within {} ms", timeout_.count())
                    : fmt::format("the name '{}' is not resolved within {} ms", host_, timeout_.count()));
}

void Dialer::put_last_good_first() {
    if (!last_good_ || by_sentinel_) {
        return;
    }
    std::erase(addresses_, *last_good_);
    addresses_.insert(addresses_.begin(), *last_good_);
}

Dialer::Progress Dialer::connect_next(Clock::time_point now) {
    while (next_ < addresses_.size()) {
        const SocketAddress& address = addresses_[next_];
        const int family = address.storage.ss_family;
        socket_.reset(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!socket_) {
            fail(errno, address.to_string());
            if (failure_.kind() == runtime::FailureKind::system) {
                return Progress::failed;
            }
            ++next_;
            continue;
        }
        if (family != AF_UNIX) {
            // Unsupported socket options are no reason not to use the connection.
            const int yes = 1;
            (void)setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
            (void)setsockopt(socket_.get(), SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
        }
        since_ = now;
        if (connect(socket_.get(), address.get(), address.size) == 0 || errno == EINPROGRESS) {
            return finish_connecting(now);
        }
        fail(errno, address.to_string());
        ++next_;
    }
    socket_.reset();
    return Progress::failed;
}

Dialer::Progress Dialer::finish_connecting(Clock::time_point now) {
    const SocketAddress& address = addresses_[next_];
    pollfd ready{socket_.get(), POLLOUT, 0};
    if (poll(&ready, 1, 0) == 0) {
        if (now - since_ < timeout_) {
            return Progress::dialing;
        }
        fail(runtime::FailureKind::unavailable,
             fmt::format("no connection to {} within {} ms", address.to_string(), timeout_.count()));
    } else {
        int error_number = 0;
        socklen_t size = sizeof(error_number);
        if (getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) {
            error_number = errno;
        }
        if (error_number == 0) {
            last_good_ = address;
            return Progress::connected;
        }
        fail(error_number, address.to_string());
    }
    socket_.reset();
    if (last_good_ == address) {
        last_good_.reset();
    }
    ++next_;
    return connect_next(now);
}

Dialer::Progress Dialer::fail(runtime::FailureKind kind, const std::string& what) {
    failure_ = {kind, runtime::Retry::useful, what};
    return Progress::failed;
}

Dialer::Progress Dialer::fail(int error_number, const std::string& where) {
    const bool lacking =
        error_number == EMFILE || error_number == ENFILE || error_number == ENOMEM || error_number == ENOBUFS;
    const std::string reason = std::generic_category().message(error_number);
    if (lacking) {
        return fail(runtime::FailureKind::system,
                    "this process cannot open another connection: " + reason + " (see ulimit -n)");
    }
    return fail(error_number == EACCES || error_number == EPERM ? runtime::FailureKind::not_permitted
                                                                : runtime::FailureKind::unavailable,
                where + ": " + reason);
}

void Dialer::add_to(runtime::PollSet& poll_set) const {
    if (socket_) {
        poll_set.add_fd(socket_.get(), runtime::PollEvents::writable);
    } else if (lookup_ && lookup_->fd() >= 0) {
        poll_set.add_fd(lookup_->fd(), runtime::PollEvents::readable);
    } else {
        poll_set.wake_at(Clock::now());
    }
    poll_set.wake_at(since_ + timeout_);
}

runtime::UniqueFd Dialer::take() {
    return std::move(socket_);
}

}  // namespace framebridge::store
