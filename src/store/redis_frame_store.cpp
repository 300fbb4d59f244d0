#include "store/redis_frame_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <utility>

#include "store/flight_window.h"
#include "store/outage_log.h"
#include "store/redis_errors.h"
#include "store/redis_session.h"
#include "store/request_queue.h"
#include "store/retry_policy.h"

namespace framebridge::store {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = StoreRequest::Kind;

// Bounds what the server and this side hold of commands that carry no content.
constexpr std::size_t max_in_flight = 1024;
constexpr std::uint64_t small_content = std::uint64_t{1} << 20U;
// An answer that takes longer is a problem to be shown.
constexpr auto slow_answer = std::chrono::seconds(3);
constexpr auto starting_time = std::chrono::seconds(1);

class RedisStore final : public RedisFrameStore {
  public:
    RedisStore(const RedisConfig& config, Resolve resolve)
        : session_(config, std::move(resolve)),
          log_(session_.name()),
          window_(max_in_flight, config.window_bytes),
          policy_(config.retry_backoff, config.retry_backoff_max) {}

    void put(Token token, std::string_view key, std::span<const std::string_view> parts,
             std::chrono::milliseconds ttl, PutMode mode) override;
    void get(Token token, std::string_view key, ContentSize size) override;
    void look_up(Token token, std::string_view key) override;
    void advance(std::vector<Outcome>& outcomes) override;
    void add_to(runtime::PollSet& poll_set) override;
    [[nodiscard]] std::string problem() const override;
    [[nodiscard]] bool lacks_resources() const override { return lacks_resources_; }
    [[nodiscard]] StoreStatistics statistics() const override { return statistics_; }

  private:
    using State = RedisSession::State;
    // What an owed reply will answer.
    struct InFlight {
        StoreRequest* request;
        Step step;
        std::size_t payload;
    };

    void begin(StoreRequest& request);
    void send_again(StoreRequest& request);
    void finish(StoreRequest& request, Status status, std::shared_ptr<runtime::Buffer> content = {},
                std::string reason = {});
    void receive();
    void fill();
    [[nodiscard]] bool may_send(const StoreRequest& request, Clock::time_point now) const;
    void disconnect();
    void learn_from_cut(Step step);
    void became_ready();
    void check_recovery();

    void handle_answer(const InFlight& answered, Reply& reply);
    void handle_content(StoreRequest& request, Reply& reply);
    void handle_ttl(StoreRequest& request, std::int64_t left);
    void handle_error(const InFlight& answered, const std::string& error);
    void store_content(StoreRequest& request);
    void wait_for_store(const InFlight& failed, const std::string& error);
    [[nodiscard]] bool fits(const StoreRequest& request, std::uint64_t size, std::string& reason) const;

    RedisSession session_;
    OutageLog log_;
    FlightWindow window_;
    RetryPolicy policy_;
    Dialect dialect_;
    RequestQueue queue_;
    std::deque<InFlight> in_flight_;  // To be answered, in this order.
    std::vector<Outcome> due_;
    StoreStatistics statistics_;
    Clock::time_point now_ = Clock::now();
    Clock::time_point opened_at_ = now_;
    Clock::time_point connect_at_ = now_;
    std::size_t failing_requests_ = 0;
    bool was_ready_ = false;  // This connection.
    bool lacks_resources_ = false;
    bool cut_here_ = false;  // For the sake of one request: no fault of the store's.
    Dialect known_dialect_;  // Also of the next connection.
    std::array<bool, step_count> worked_{};
    std::optional<Step> cut_at_;
};

std::size_t size_of(std::span<const std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) {
        size += part.size();
    }
    return size;
}

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

void RedisStore::begin(StoreRequest& request) {
    request.step = request.first_step(dialect_);
    if (request.kind == Kind::get) {
        request.size = request.wanted.expected.value_or(StoreRequest::unknown_size);
    }
    queue_.enqueue(request);
}

void RedisStore::send_again(StoreRequest& request) {
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

// What is a little larger than expected is received all the same: that costs less than another connection.
std::size_t max_content_of(const StoreRequest& request) {
    if (request.kind != Kind::get) {
        return small_content;
    }
    const std::uint64_t expected = request.wanted.expected.value_or(request.wanted.max);
    return std::min(
        {std::max(expected, small_content), std::max(request.wanted.max, small_content), content_limit});
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
    if (learn(dialect_, answered.step, error)) {
        log_.lacks(answered.step, error);
        return begin(request);
    }
    switch (classify_error(error).action) {
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

}  // namespace

std::unique_ptr<RedisFrameStore> RedisFrameStore::open(RedisConfig config, Resolve resolve) {
    return std::make_unique<RedisStore>(config, std::move(resolve));
}

}  // namespace framebridge::store
