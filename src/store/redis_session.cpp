#include "store/redis_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "store/redis_errors.h"
#include "store/sentinel.h"

namespace framebridge::store {

namespace {

constexpr std::size_t max_pieces = 64;
constexpr std::string_view probe_key = "framebridge:probe";
// An idle connection is asked so often whether the store still answers.
constexpr auto probe_interval = std::chrono::seconds(3);
// So many bytes a second of a long request or answer count as progress.
constexpr std::size_t min_bytes_per_second = std::size_t{64} << 10;

}  // namespace

RedisSession::RedisSession(RedisConfig config, Resolve resolve)
    : config_(std::move(config)),
      name_(describe(config_)),
      dialer_(config_, config_.sentinel ? resolve_master(config_, std::move(resolve)) : std::move(resolve)) {}

void RedisSession::connect(Clock::time_point now) {
    close();
    now_ = now;
    state_ = State::dialing;
    dialer_.start(now);
}

void RedisSession::close() {
    state_ = State::closed;
    dialer_.stop();
    connection_.reset();
    out_.clear();
    replies_.clear();
    asked_.clear();
    owed_ = 0;
    answered_ = false;
    failure_.reset();
    send_error_.clear();
}

void RedisSession::advance(Clock::time_point now) {
    now_ = now;
    socket_empty_ = false;
    if (state_ == State::dialing) {
        switch (dialer_.advance(now)) {
            case Dialer::Progress::connected:
                begin_connection();
                break;
            case Dialer::Progress::failed:
                failure_ = dialer_.failure();
                return;
            case Dialer::Progress::dialing:
                return;
        }
    }
    if (state_ == State::securing) {
        secure();
    }
    if (state_ == State::closed || failure_) {
        return;
    }
    if (!asked_.empty()) {
        take_handshake();
    }
    if (state_ == State::ready && now >= next_probe()) {
        ask(Step::probe, {"GET", probe_key});
    }
}

void RedisSession::begin_connection() {
    last_progress_ = now_;
    if (!config_.tls.enabled) {
        connection_.emplace(dialer_.take());
        return begin_handshake();
    }
    if (!tls_) {
        auto context = TlsContext::open(config_.tls);
        if (!context) {
            return fail(runtime::FailureKind::misconfigured, context.error().reason);
        }
        tls_ = std::move(*context);
    }
    const std::string& name = config_.tls.server_name;
    connection_.emplace(dialer_.take(), *tls_, name.empty() ? config_.address.host : name);
    state_ = State::securing;
}

void RedisSession::secure() {
    switch (connection_->handshake()) {
        case RedisConnection::Progress::done:
            return begin_handshake();
        case RedisConnection::Progress::failed:
            return fail(connection_->is_misconfigured() ? runtime::FailureKind::misconfigured
                                                        : runtime::FailureKind::unavailable,
                        connection_->error());
        case RedisConnection::Progress::would_block:
            if (now_ - last_progress_ >= config_.response_timeout) {
                fail(runtime::FailureKind::unavailable,
                     fmt::format("no TLS handshake within {} ms: does it speak TLS at this port?",
                                 config_.response_timeout.count()));
            }
    }
}

void RedisSession::begin_handshake() {
    state_ = State::handshaking;
    last_progress_ = now_;
    if (!config_.password.empty()) {
        if (config_.username.empty()) {
            ask(Step::authenticate, {"AUTH", config_.password});
        } else {
            ask(Step::authenticate, {"AUTH", config_.username, config_.password});
        }
    }
    if (config_.address.db != 0) {
        ask(Step::select, {"SELECT", std::to_string(config_.address.db)});
    }
    ask(Step::probe, {"GET", probe_key});
}

void RedisSession::ask(Step step, std::initializer_list<std::string_view> arguments) {
    if (!awaits()) {
        note_progress(0);
    }
    out_.command(arguments);
    asked_.push_back(step);
}

void RedisSession::take_handshake() {
    Reply reply;
    while (!failure_ && !asked_.empty()) {
        switch (replies_.next(reply, content_limit)) {
            case ReplyStream::Status::complete: {
                note_progress(0);
                answered_ = true;
                const Step step = asked_.front();
                asked_.pop_front();
                take(step, reply);
                break;
            }
            case ReplyStream::Status::incomplete:
                if (!receive_bytes()) {
                    return;
                }
                break;
            default:
                fail_as_closed("what it sent is not Redis' protocol: is this port another service's?");
                return;
        }
    }
}

void RedisSession::take(Step step, const Reply& reply) {
    if (step == Step::set_name) {
        state_ = State::ready;
        return;
    }
    if (reply.kind == Reply::Kind::error) {
        const ErrorClass meaning = classify_error(reply.text);
        // Any answer to a probe shows that the store is there, unless it says that it can do nothing.
        const bool will_do = step == Step::probe &&
                             (meaning.action == ErrorAction::wait || meaning.action == ErrorAction::refuse);
        if (!will_do) {
            fail(meaning.misconfigured ? runtime::FailureKind::misconfigured
                                       : runtime::FailureKind::unavailable,
                 describe_error(reply.text));
            return;
        }
    }
    if (step == Step::probe && state_ == State::handshaking) {
        if (takes_its_name_) {
            ask(Step::set_name, {"CLIENT", "SETNAME", "framebridge"});
        } else {
            state_ = State::ready;
        }
    }
}

RedisSession::Received RedisSession::receive(Reply& reply, std::size_t max_content) {
    while (!failure_ && connection_ && asked_.empty()) {
        switch (replies_.next(reply, max_content)) {
            case ReplyStream::Status::complete:
                note_progress(0);
                answered_ = true;
                if (owed_ == 0) {
                    fail(runtime::FailureKind::unavailable, reply.kind == Reply::Kind::error
                                                                ? describe_error(reply.text)
                                                                : "it sent an answer that nothing asked for");
                    return Received::nothing;
                }
                --owed_;
                if (reply.kind == Reply::Kind::array) {
                    owed_ += static_cast<std::size_t>(std::max<std::int64_t>(reply.integer, 0));
                }
                return Received::reply;
            case ReplyStream::Status::incomplete:
                if (!receive_bytes()) {
                    return Received::nothing;
                }
                break;
            case ReplyStream::Status::malformed:
                fail_as_closed("what it sent is not Redis' protocol: is this port another service's?");
                return Received::nothing;
            case ReplyStream::Status::too_long:
                fail(runtime::FailureKind::unavailable,
                     fmt::format("it announced a content of {} bytes", reply.integer));
                return Received::too_long;
            case ReplyStream::Status::no_memory:
                fail(runtime::FailureKind::system, "there is no memory for a content that it announced");
                return Received::nothing;
        }
    }
    return Received::nothing;
}

// Whether there is something new.
bool RedisSession::receive_bytes() {
    std::size_t bytes = 0;
    if (!socket_empty_) {
        const RedisConnection::Progress progress = connection_->receive(replies_.space(), bytes);
        if (progress == RedisConnection::Progress::failed) {
            fail_as_closed(connection_->error());
            return false;
        }
        socket_empty_ = progress == RedisConnection::Progress::would_block;
    }
    if (bytes > 0) {
        replies_.received(bytes);
        note_progress(bytes);
        if (!answered_ && replies_.looks_like_tls()) {
            fail_as_closed("");
        }
        return true;
    }
    if (!send_error_.empty()) {
        fail_as_closed(send_error_);
    } else if (silence(now_) >= config_.response_timeout) {
        fail(runtime::FailureKind::unavailable,
             fmt::format("no answer for {} ms", config_.response_timeout.count()));
    }
    return false;
}

SendQueue& RedisSession::command() {
    if (!awaits()) {
        note_progress(0);
    }
    ++owed_;
    return out_;
}

void RedisSession::flush() {
    if (!connection_ || failure_ || !send_error_.empty()) {
        return;
    }
    std::array<iovec, max_pieces> pieces;
    auto progress = RedisConnection::Progress::done;
    while (progress == RedisConnection::Progress::done && !out_.empty()) {
        const std::size_t count = out_.next(pieces);
        std::size_t bytes = 0;
        progress = connection_->send(std::span(pieces).first(count), bytes);
        if (bytes > 0) {
            out_.sent(bytes);
            note_progress(bytes);
        }
    }
    if (progress == RedisConnection::Progress::failed) {
        send_error_ = connection_->error();
    }
}

// A complete reply, or enough of one.
void RedisSession::note_progress(std::size_t bytes) {
    bytes_since_progress_ += bytes;
    const std::size_t enough =
        min_bytes_per_second * static_cast<std::size_t>(config_.response_timeout.count()) / 1000;
    if (bytes == 0 || bytes_since_progress_ >= enough) {
        last_progress_ = now_;
        bytes_since_progress_ = 0;
    }
}

void RedisSession::fail(runtime::FailureKind kind, const std::string& what) {
    if (!failure_) {
        failure_.emplace(kind, runtime::Retry::useful, what);
    }
}

void RedisSession::fail_as_closed(const std::string& reason) {
    if (replies_.looks_like_tls()) {
        return fail(runtime::FailureKind::misconfigured, "it speaks TLS at this port: set --redis-tls");
    }
    if (!asked_.empty() && asked_.front() == Step::set_name) {
        // A proxy that does not know CLIENT: once more, without it.
        takes_its_name_ = false;
        return connect(now_);
    }
    fail(runtime::FailureKind::unavailable,
         answered_ ? reason : reason + " before its first answer: does this port want TLS (--redis-tls)?");
}

RedisSession::Clock::time_point RedisSession::next_probe() const {
    return awaits() ? Clock::time_point::max() : last_progress_ + probe_interval;
}

RedisSession::Clock::duration RedisSession::silence(Clock::time_point now) const {
    return state_ != State::closed && awaits() ? now - last_progress_ : Clock::duration::zero();
}

void RedisSession::add_to(runtime::PollSet& poll_set) const {
    if (state_ == State::closed) {
        return;
    }
    if (state_ == State::dialing) {
        dialer_.add_to(poll_set);
        return;
    }
    const bool writes = !out_.empty() || connection_->wants_to_write();
    poll_set.add_fd(connection_->fd(), writes ? runtime::PollEvents::both : runtime::PollEvents::readable);
    if (state_ == State::securing) {
        return poll_set.wake_at(last_progress_ + config_.response_timeout);
    }
    if (!send_error_.empty()) {
        poll_set.wake_at(Clock::now());
    }
    poll_set.wake_at(awaits() ? last_progress_ + config_.response_timeout : next_probe());
}

}  // namespace framebridge::store
