#include "store/redis_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace framebridge::store {

namespace {

using Kind = StoreRequest::Kind;

constexpr std::uint64_t small_content = std::uint64_t{1} << 20U;
// An answer that takes longer is a problem to be shown.
constexpr auto slow_answer = std::chrono::seconds(3);
constexpr auto starting_time = std::chrono::seconds(1);

std::size_t size_of(std::span<const std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) {
        size += part.size();
    }
    return size;
}

// What is a little larger than expected is received all the same: that costs less than another connection.
std::size_t max_content_of(const StoreRequest& request) {
    if (request.kind != Kind::get) {
        return small_content;
    }
    const std::uint64_t expected = request.wanted.expected.value_or(request.wanted.max);
    return std::min(
        {std::max(expected, small_content), std::max(request.wanted.max, small_content), content_limit});
}

}  // namespace

void RedisStore::put(Token token, std::string_view key, std::span<const std::string_view> parts,
                     std::chrono::milliseconds ttl, PutMode mode) {
    StoreRequest& request =
        queue_.create(token, key, mode == PutMode::overwrite ? Kind::put : Kind::deduplicate);
    request.parts.assign(parts.begin(), parts.end());
    request.size = size_of(parts);
    request.ttl = ttl;
    if (request.size > content_limit) {
        finish(request, Status::refused, {},
               fmt::format("{} bytes are more than a store takes under one key (512 MiB)", request.size));
        return;
    }
    begin(request);
}

void RedisStore::get(Token token, std::string_view key, ContentSize size) {
    StoreRequest& request = queue_.create(token, key, Kind::get);
    request.wanted = size;
    std::string reason;
    if (size.expected && !fits(request, *size.expected, reason)) {
        finish(request, Status::refused, {}, std::move(reason));
        return;
    }
    begin(request);
}

void RedisStore::look_up(Token token, std::string_view key) {
    begin(queue_.create(token, key, Kind::look_up));
}

void RedisStore::ask_ttl(Token token, std::string_view key) {
    begin(queue_.create(token, key, Kind::ask_ttl));
}

void RedisStore::begin(StoreRequest& request) {
    request.step = request.first_step(dialect_);
    if (request.kind == Kind::get) {
        request.size = request.wanted.expected.value_or(StoreRequest::unknown_size);
    }
    queue_.enqueue(request);
}

void RedisStore::send_again(StoreRequest& request) {
    if (request.kind == Kind::ask_ttl) {
        return finish(request, Status::refused, {}, "it was not answered");
    }
    ++statistics_.retries;
    begin(request);
}

void RedisStore::finish(StoreRequest& request, Status status, std::shared_ptr<runtime::Buffer> content,
                        std::string reason) {
    due_.push_back({request.token, status, std::move(content), std::move(reason)});
    if (request.failures > 0) {
        --failing_requests_;
    }
    queue_.release(request, dialect_.scripts ? Step::touch : Step::read_ttl);
    check_recovery();
}

void RedisStore::advance(std::vector<Outcome>& outcomes) {
    now_ = Clock::now();
    queue_.wake(now_);
    if (session_.state() == State::closed && now_ >= connect_at_) {
        session_.connect(now_);
    }
    session_.advance(now_);
    if (session_.state() == State::ready) {
        if (!was_ready_) {
            became_ready();
        }
        receive();
        if (!session_.failure()) {
            fill();
        }
    }
    session_.flush();
    if (session_.failure()) {
        disconnect();
    }
    std::move(due_.begin(), due_.end(), std::back_inserter(outcomes));
    due_.clear();
}

void RedisStore::add_to(runtime::PollSet& poll_set) {
    const Clock::time_point now = Clock::now();
    if (!due_.empty()) {
        poll_set.wake_at(now);
    }
    poll_set.wake_at(queue_.next_wake());
    if (session_.state() == State::closed) {
        poll_set.wake_at(connect_at_);
        return;
    }
    session_.add_to(poll_set);
    if (session_.state() == State::ready && !queue_.empty()) {
        if (may_send(queue_.front(), now)) {
            poll_set.wake_at(now);
        } else if (policy_.paused_until() > now) {
            poll_set.wake_at(policy_.paused_until());
        }
    }
}

std::string RedisStore::problem() const {
    if (!log_.problem().empty()) {
        return fmt::format("store {}: {}", session_.name(), log_.problem());
    }
    const Clock::time_point now = Clock::now();
    if (session_.state() != State::ready && statistics_.connects == 0) {
        return now - opened_at_ < starting_time
                   ? fmt::format("starting: connecting to the store {}", session_.name())
                   : fmt::format("store {}: no connection yet", session_.name());
    }
    const auto silence = session_.silence(now);
    return silence < slow_answer
               ? ""
               : fmt::format("store {}: no answer for more than {} s", session_.name(), slow_answer.count());
}

void RedisStore::became_ready() {
    was_ready_ = true;
    lacks_resources_ = false;
    dialect_ = known_dialect_;
    if (++statistics_.connects == 1) {
        log_.connected_first();
    }
    check_recovery();
}

void RedisStore::check_recovery() {
    if (session_.state() == State::ready && !session_.failure() && failing_requests_ == 0 &&
        !policy_.failing()) {
        log_.recovered();
    }
}

void RedisStore::receive() {
    Reply reply;
    while (true) {
        const std::size_t max_content = in_flight_.empty() ? 0 : max_content_of(*in_flight_.front().request);
        const RedisSession::Received received = session_.receive(reply, max_content);
        if (received == RedisSession::Received::nothing) {
            return;
        }
        const InFlight answered = in_flight_.front();
        in_flight_.pop_front();
        window_.answered(answered.payload);
        policy_.answered(answered.step);
        if (received == RedisSession::Received::too_long) {
            std::string reason;
            (void)fits(*answered.request, static_cast<std::uint64_t>(reply.integer), reason);
            const bool unexpected = answered.request->wanted.expected.has_value();
            cut_here_ = true;
            finish(*answered.request, unexpected ? Status::wrong_size : Status::refused, {},
                   std::move(reason));
            return;
        }
        if (reply.kind == Reply::Kind::error) {
            handle_error(answered, reply.text);
        } else {
            handle_answer(answered, reply);
        }
    }
}

bool RedisStore::may_send(const StoreRequest& request, Clock::time_point now) const {
    const auto newest =
        in_flight_.empty() ? std::nullopt : std::optional(in_flight_.back().request->sequence);
    return policy_.allows(request, newest, now) && window_.has_room(request.payload());
}

void RedisStore::fill() {
    while (!queue_.empty() && may_send(queue_.front(), now_)) {
        StoreRequest& request = queue_.front();
        queue_.pop();
        encode(request, session_.command());
        in_flight_.push_back({&request, request.step, request.payload()});
        window_.sent(request.payload());
        policy_.sent(request.step);
        if (request.sends_content()) {
            statistics_.payload_bytes_sent += request.size;
            request.bytes_sent = true;
        }
    }
}

void RedisStore::disconnect() {
    const runtime::Failure failure = *session_.failure();
    std::string reason = failure.what();
    lacks_resources_ = failure.kind() == runtime::FailureKind::system;
    if (session_.state() != State::dialing) {
        ++statistics_.disconnects;
    }
    if (!in_flight_.empty()) {
        const StoreRequest& first = *in_flight_.front().request;
        learn_from_cut(first.step);
        if (window_.is_closed() && first.payload() > 0) {
            reason += fmt::format(
                " while a frame of {} bytes was asked for or sent alone: is the store's "
                "client-output-buffer-limit or client-query-buffer-limit too small?",
                first.size == StoreRequest::unknown_size ? "an unknown number of"
                                                         : std::to_string(first.size));
        }
    }
    session_.close();
    if (std::exchange(cut_here_, false)) {
        connect_at_ = now_;
        window_.clear();
    } else {
        connect_at_ = now_ + policy_.next_pause();
        window_.cut();
    }
    policy_.disconnected();
    for (const InFlight& unanswered : std::exchange(in_flight_, {})) {
        send_again(*unanswered.request);
    }
    log_.lost(reason, std::exchange(was_ready_, false) ? OutageLog::Was::connected : OutageLog::Was::away,
              queue_.size());
}

std::unique_ptr<RedisFrameStore> RedisFrameStore::open(const RedisConfig& config, Resolve resolve) {
    return std::make_unique<RedisStore>(config, std::move(resolve));
}

}  // namespace framebridge::store
