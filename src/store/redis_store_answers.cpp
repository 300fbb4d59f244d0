// What a RedisStore makes of the answers.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "store/redis_errors.h"
#include "store/redis_store.h"

namespace framebridge::store {

// A proxy may cut the connection for a command that it does not know: twice at the same one is no accident.
void RedisStore::learn_from_cut(Step step) {
    bool* const ability = known_dialect_.needed_by(step);
    if (ability != nullptr && !worked_[static_cast<std::size_t>(step)] && cut_at_ == step) {
        *ability = false;
        log_.lacks(step, "it closes the connection");
    }
    cut_at_ = step;
}

void RedisStore::handle_answer(const InFlight& answered, Reply& reply) {
    StoreRequest& request = *answered.request;
    worked_[static_cast<std::size_t>(answered.step)] = true;
    if (policy_.succeeded(answered.step)) {
        check_recovery();
    }
    const auto expect = [&](Reply::Kind kind) {
        if (reply.kind != kind) {
            send_again(request);
            session_.fail(runtime::FailureKind::bad_data, "its answer does not fit the command");
        }
        return reply.kind == kind;
    };
    switch (answered.step) {
        case Step::touch:
            if (expect(Reply::Kind::integer)) {
                handle_ttl(request, reply.integer == 0 ? -2 : -1);
            }
            return;
        case Step::read_ttl:
            if (expect(Reply::Kind::integer)) {
                handle_ttl(request, reply.integer);
            }
            return;
        case Step::extend:
        case Step::extend_plainly:
        case Step::persist:
            if (expect(Reply::Kind::integer)) {
                // 0: it is gone, or needs no extension any more.
                if (reply.integer == 0) {
                    begin(request);
                } else {
                    handle_ttl(request, -1);
                }
            }
            return;
        case Step::set_if_absent:
            if (reply.kind == Reply::Kind::nil) {  // Somebody else stored it meanwhile.
                request.bytes_sent = false;
                begin(request);
                return;
            }
            [[fallthrough]];
        case Step::set:
            if (expect(Reply::Kind::status)) {
                finish(request, Status::stored);
            }
            return;
        case Step::measure:
            if (expect(Reply::Kind::integer)) {
                std::string reason;
                const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(reply.integer, 0));
                if (!fits(request, size, reason)) {
                    return finish(request, Status::refused, {}, std::move(reason));
                }
                request.size = static_cast<std::size_t>(size);
                request.step = Step::get;
                queue_.enqueue(request);
            }
            return;
        case Step::get:
            return handle_content(request, reply);
        case Step::look_up:
            if (expect(Reply::Kind::integer)) {
                finish(request, reply.integer == -2 ? Status::missing : Status::found);
                if (reply.integer >= 0) {
                    due_.back().time_to_live = std::chrono::milliseconds(reply.integer);
                }
            }
            return;
    }
}

void RedisStore::handle_content(StoreRequest& request, Reply& reply) {
    if (reply.kind == Reply::Kind::nil) {
        return finish(request, Status::missing);
    }
    if (reply.kind != Reply::Kind::content) {
        send_again(request);
        return session_.fail(runtime::FailureKind::bad_data, "its answer does not fit the command");
    }
    const std::size_t size = reply.content->size();
    statistics_.payload_bytes_received += size;
    std::string reason;
    if (!fits(request, size, reason)) {
        return finish(request, Status::wrong_size, {}, std::move(reason));
    }
    finish(request, Status::found, std::move(reply.content));
}

// `left`: as PTTL says, -2 if there is no such key, -1 if its TTL is as it shall be.
void RedisStore::handle_ttl(StoreRequest& request, std::int64_t left) {
    if (left == -2) {
        return store_content(request);
    }
    const bool for_ever = request.ttl.count() <= 0;
    if (left < 0 || (!for_ever && left >= request.ttl.count())) {
        return finish(request, request.bytes_sent ? Status::stored : Status::already_there);
    }
    if (for_ever && !dialect_.persists) {
        return store_content(request);
    }
    request.step = for_ever ? Step::persist : dialect_.extends_only ? Step::extend : Step::extend_plainly;
    queue_.enqueue(request);
}

void RedisStore::store_content(StoreRequest& request) {
    if (queue_.may_store(request)) {
        const bool overwrites = !dialect_.sets_if_absent || (request.ttl.count() <= 0 && !dialect_.persists);
        request.step = overwrites ? Step::set : Step::set_if_absent;
        queue_.enqueue(request);
    }
}

void RedisStore::handle_error(const InFlight& answered, const std::string& error) {
    StoreRequest& request = *answered.request;
    if (request.kind == StoreRequest::Kind::ask_ttl) {
        return finish(request, Status::refused, {}, describe_error(error));
    }
    ++statistics_.errors[error_kind(error)];
    if (learn(dialect_, answered.step, error)) {
        log_.lacks(answered.step, error);
        return begin(request);
    }
    auto action = classify_error(error).action;
    // What was the master before a failover may say so for ever: its Sentinels know the new one.
    if (by_sentinel_ && error_kind(error) == "NOREPLICAS") {
        action = ErrorAction::reconnect;
    }
    switch (action) {
        case ErrorAction::refuse:
            return finish(request, Status::refused, {}, describe_error(error));
        case ErrorAction::isolate:
            session_.fail(runtime::FailureKind::bad_data, error);
            if (in_flight_.empty()) {
                return finish(request, Status::refused, {}, describe_error(error));
            }
            policy_.send_alone_below(queue_.next_sequence());
            return send_again(request);
        case ErrorAction::load_script:
            request.script_unknown = true;
            return send_again(request);
        case ErrorAction::reconnect:
            policy_.failed_here(answered.step);
            session_.fail(runtime::FailureKind::unavailable, describe_error(error));
            return send_again(request);
        case ErrorAction::retry:
        case ErrorAction::wait:
            return wait_for_store(answered, error);
    }
}

void RedisStore::wait_for_store(const InFlight& failed, const std::string& error) {
    StoreRequest& request = *failed.request;
    if (request.failures++ == 0) {
        ++failing_requests_;
    }
    log_.failed(describe_error(error));
    if (classify_error(error).action == ErrorAction::retry) {
        policy_.failed(failed.step, now_);
        return send_again(request);
    }
    ++statistics_.retries;
    const auto due = policy_.failed_alone(request, now_);
    request.step = request.first_step(dialect_);
    if (due) {
        queue_.enqueue_later(request, *due);
    } else {
        queue_.enqueue_last(request);
    }
}

bool RedisStore::fits(const StoreRequest& request, std::uint64_t size, std::string& reason) const {
    if (size > request.wanted.max) {
        reason = fmt::format("the content has {} bytes, more than the {} that are allowed", size,
                             request.wanted.max);
    } else if (request.wanted.expected && size != *request.wanted.expected) {
        reason = fmt::format("the content has {} bytes where the reference says {}", size,
                             *request.wanted.expected);
    }
    return reason.empty();
}

}  // namespace framebridge::store
