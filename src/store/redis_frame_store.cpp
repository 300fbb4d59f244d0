#include "store/redis_frame_store.h"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/backoff.h"
#include "runtime/rate_limit.h"
#include "store/redis_connection.h"
#include "store/redis_errors.h"
#include "store/reply_stream.h"
#include "store/send_queue.h"
#include "store/store_request.h"

namespace framebridge::store {

namespace {

using Clock = std::chrono::steady_clock;

// Bounds what the server and this side hold of commands that carry no content.
constexpr std::size_t most_outstanding = 1024;
constexpr std::size_t most_pieces = 64;
// An error that this program does not know may pass; but it must not hold up all requests behind it for ever.
constexpr int most_unknown_errors = 5;

class RedisStore final : public RedisFrameStore {
  public:
    explicit RedisStore(RedisConfig config)
        : config_(std::move(config)),
          name_(describe(config_)),
          backoff_(config_.retry_backoff, config_.retry_backoff_max) {}

    void put(Token token, std::string_view key, std::span<const std::string_view> parts,
             std::chrono::milliseconds ttl, PutMode mode) override;
    void get(Token token, std::string_view key, ContentSize size) override;
    void look_up(Token token, std::string_view key) override;
    void advance(std::vector<Outcome>& outcomes) override;
    void add_to(runtime::PollSet& poll_set) override;
    [[nodiscard]] std::string problem() const override;
    [[nodiscard]] const RedisStatistics& statistics() const override { return statistics_; }

  private:
    enum class State { waiting, connecting, handshaking, ready };
    enum class Greeting { authenticate, select, load_script, set_name };

    // What an outstanding reply will answer.
    struct Command {
        StoreRequest* request;  // Null: a greeting.
        Step step;
        Greeting greeting;
    };

    StoreRequest& new_request(Token token, std::string_view key, Step first_step);
    void enqueue(StoreRequest& request);
    void send_again(StoreRequest& request);
    void finish(StoreRequest& request, Status status, std::shared_ptr<runtime::Buffer> content = {},
                std::string reason = {});

    void connect();
    void finish_connecting();
    void greet();
    void receive();
    void handle_replies();
    void fill();
    [[nodiscard]] bool may_send(const StoreRequest& request, Clock::time_point now) const;
    void flush();
    void fail(std::string reason);
    void disconnect();

    void handle(Reply& reply);
    void handle_greeting(Greeting greeting, const Reply& reply);
    void handle_answer(const Command& command, Reply& reply);
    void handle_error(const Command& command, const std::string& error);
    void store_content(StoreRequest& request);
    void begin_trouble(Step step);
    void complain(const std::string& what, bool always);
    void recovered();

    RedisConfig config_;
    std::string name_;
    RedisStatistics statistics_;

    std::deque<StoreRequest> requests_;  // All, used or free.
    std::vector<StoreRequest*> free_requests_;
    std::uint64_t next_sequence_ = 0;
    std::deque<StoreRequest*> pending_;  // To be sent, by sequence.
    std::deque<Command> sent_;           // To be answered, in this order.
    std::unordered_map<std::string_view, StoreRequest*> storing_;
    std::vector<Outcome> due_;
    std::size_t unconfirmed_bytes_ = 0;
    std::array<std::size_t, step_count> outstanding_{};

    State state_ = State::waiting;
    std::optional<RedisConnection> connection_;
    SendQueue out_;
    ReplyStream replies_;
    Reply reply_;
    std::string script_sha_;
    std::string failure_;  // Why the connection must be given up, once that is so.
    Clock::time_point now_ = Clock::now();
    Clock::time_point retry_at_ = now_;  // While waiting: when to connect.
    Clock::time_point last_progress_ = now_;

    // After an error that may pass: nothing is sent for a while, then one command of the kind that failed at
    // a time, until one succeeds. Otherwise a full store would be sent the whole window again and again.
    std::optional<Step> trouble_;
    Clock::time_point paused_until_ = now_;
    // Requests before this one are sent alone. A server that reads ahead (KeyDB) answers a command that it
    // cannot read before those it was sent earlier, so the error's place does not tell whose it is.
    std::uint64_t isolated_below_ = 0;
    runtime::Backoff backoff_;
    runtime::RateLimit complaints_;
    bool complained_ = false;
    std::string problem_;
};

StoreRequest& RedisStore::new_request(Token token, std::string_view key, Step first_step) {
    if (free_requests_.empty()) {
        free_requests_.push_back(&requests_.emplace_back());
    }
    StoreRequest& request = *free_requests_.back();
    free_requests_.pop_back();
    request.sequence = next_sequence_++;
    request.token = token;
    request.key = key;
    request.first_step = first_step;
    request.step = first_step;
    request.unknown_errors = 0;
    request.script_unknown = false;
    request.bytes_sent = false;
    return request;
}

void RedisStore::put(Token token, std::string_view key, std::span<const std::string_view> parts,
                     std::chrono::milliseconds ttl, PutMode mode) {
    StoreRequest& request = new_request(token, key, mode == PutMode::overwrite ? Step::set : Step::touch);
    request.parts.assign(parts.begin(), parts.end());
    request.size = 0;
    for (const std::string_view part : parts) {
        request.size += part.size();
    }
    request.ttl = ttl;
    if (request.size > content_limit) {
        finish(request, Status::refused, {},
               fmt::format("{} bytes are more than a store takes under one key (512 MiB)", request.size));
        return;
    }
    enqueue(request);
}

void RedisStore::get(Token token, std::string_view key, ContentSize size) {
    StoreRequest& request = new_request(token, key, Step::get);
    request.expected = size;
    enqueue(request);
}

void RedisStore::look_up(Token token, std::string_view key) {
    enqueue(new_request(token, key, Step::look_up));
}

std::string RedisStore::problem() const {
    if (state_ == State::ready && !trouble_) {
        return {};
    }
    return problem_.empty() ? fmt::format("starting: connecting to the store {}", name_)
                            : fmt::format("store {}: {}", name_, problem_);
}

void RedisStore::enqueue(StoreRequest& request) {
    const auto place = std::upper_bound(
        pending_.begin(), pending_.end(), request.sequence,
        [](std::uint64_t sequence, const StoreRequest* other) { return sequence < other->sequence; });
    pending_.insert(place, &request);
}

void RedisStore::send_again(StoreRequest& request) {
    ++statistics_.retries;
    request.step = request.first_step;
    enqueue(request);
}

void RedisStore::finish(StoreRequest& request, Status status, std::shared_ptr<runtime::Buffer> content,
                        std::string reason) {
    due_.push_back({request.token, status, std::move(content), std::move(reason)});
    if (std::exchange(request.storing, false)) {
        storing_.erase(request.key);
        for (StoreRequest* follower : request.followers) {
            follower->step = Step::touch;
            enqueue(*follower);
        }
        request.followers.clear();
    }
    free_requests_.push_back(&request);
}

void RedisStore::advance(std::vector<Outcome>& outcomes) {
    now_ = Clock::now();
    if (state_ == State::waiting && now_ >= retry_at_) {
        connect();
    } else if (state_ == State::connecting) {
        finish_connecting();
    } else if (state_ != State::waiting) {
        receive();
        if (failure_.empty() && !sent_.empty() && now_ - last_progress_ >= config_.response_timeout) {
            fail(fmt::format("no answer for {} ms", config_.response_timeout.count()));
        }
    }
    if (failure_.empty()) {
        fill();
        flush();
    }
    if (!failure_.empty()) {
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
    if (state_ == State::waiting) {
        poll_set.wake_at(retry_at_);
        return;
    }
    if (state_ == State::connecting) {
        poll_set.add_fd(connection_->fd(), runtime::PollEvents::writable);
        poll_set.wake_at(last_progress_ + config_.connect_timeout);
        return;
    }
    poll_set.add_fd(connection_->fd(),
                    out_.empty() ? runtime::PollEvents::readable : runtime::PollEvents::both);
    if (!sent_.empty()) {
        poll_set.wake_at(last_progress_ + config_.response_timeout);
    }
    if (!pending_.empty()) {
        if (may_send(*pending_.front(), now)) {
            poll_set.wake_at(now);
        } else if (paused_until_ > now) {
            poll_set.wake_at(paused_until_);
        }
    }
}

void RedisStore::connect() {
    last_progress_ = now_;
    state_ = State::connecting;
    connection_.emplace(config_);
    if (!connection_->error().empty()) {
        fail(connection_->error());
        return;
    }
    finish_connecting();
}

void RedisStore::finish_connecting() {
    switch (connection_->finish_connecting()) {
        case RedisConnection::Progress::done:
            greet();
            break;
        case RedisConnection::Progress::failed:
            fail(connection_->error());
            break;
        case RedisConnection::Progress::would_block:
            if (now_ - last_progress_ >= config_.connect_timeout) {
                fail(fmt::format("no connection within {} ms", config_.connect_timeout.count()));
            }
            break;
    }
}

void RedisStore::greet() {
    state_ = State::handshaking;
    last_progress_ = now_;
    const auto send = [this](Greeting greeting, std::initializer_list<std::string_view> arguments) {
        out_.command(arguments);
        sent_.push_back({nullptr, {}, greeting});
    };
    if (!config_.password.empty()) {
        if (config_.username.empty()) {
            send(Greeting::authenticate, {"AUTH", config_.password});
        } else {
            send(Greeting::authenticate, {"AUTH", config_.username, config_.password});
        }
    }
    if (config_.address.db != 0) {
        send(Greeting::select, {"SELECT", std::to_string(config_.address.db)});
    }
    script_sha_.clear();
    send(Greeting::load_script, {"SCRIPT", "LOAD", touch_script});
    send(Greeting::set_name, {"CLIENT", "SETNAME", "framebridge"});
}

void RedisStore::receive() {
    std::size_t room = 0;
    std::size_t bytes = 0;
    do {
        const std::span<iovec> space = replies_.space();
        room = 0;
        for (const iovec& piece : space) {
            room += piece.iov_len;
        }
        const RedisConnection::Progress progress = connection_->receive(space, bytes);
        if (progress == RedisConnection::Progress::failed) {
            fail(connection_->error());
            return;
        }
        if (bytes > 0) {
            last_progress_ = now_;
            replies_.received(bytes);
            handle_replies();
        }
        // A short read took all there was: asking again would only cost a system call.
    } while (failure_.empty() && bytes == room);
}

void RedisStore::handle_replies() {
    while (failure_.empty()) {
        switch (replies_.next(reply_)) {
            case ReplyStream::Status::complete:
                handle(reply_);
                break;
            case ReplyStream::Status::incomplete:
                return;
            case ReplyStream::Status::malformed:
                fail("what it sent is not Redis' protocol: is this port another service's?");
                return;
            case ReplyStream::Status::too_long:
                if (!sent_.empty() && sent_.front().request != nullptr && sent_.front().step == Step::get) {
                    StoreRequest& request = *sent_.front().request;
                    sent_.pop_front();
                    finish(request, Status::refused, {}, "the content has more than 512 MiB");
                }
                fail("it announced a content of more than 512 MiB");
                return;
        }
    }
}

bool RedisStore::may_send(const StoreRequest& request, Clock::time_point now) const {
    if (state_ != State::ready || now < paused_until_ || sent_.size() >= most_outstanding) {
        return false;
    }
    if (!sent_.empty() && std::min(request.sequence, sent_.back().request->sequence) < isolated_below_) {
        return false;
    }
    if (trouble_ == request.step && outstanding_[static_cast<std::size_t>(request.step)] > 0) {
        return false;
    }
    return !request.carries_content() || unconfirmed_bytes_ == 0 ||
           unconfirmed_bytes_ + request.size <= config_.window_bytes;
}

void RedisStore::fill() {
    while (!pending_.empty() && may_send(*pending_.front(), now_)) {
        StoreRequest& request = *pending_.front();
        pending_.pop_front();
        if (sent_.empty()) {
            last_progress_ = now_;
        }
        encode(request, script_sha_, out_);
        sent_.push_back({&request, request.step, {}});
        ++outstanding_[static_cast<std::size_t>(request.step)];
        if (request.carries_content()) {
            unconfirmed_bytes_ += request.size;
            statistics_.payload_bytes_sent += request.size;
            request.bytes_sent = true;
        }
    }
}

void RedisStore::flush() {
    std::array<iovec, most_pieces> pieces;
    auto progress = RedisConnection::Progress::done;
    while (progress == RedisConnection::Progress::done && !out_.empty()) {
        const std::size_t count = out_.next(pieces);
        std::size_t bytes = 0;
        progress = connection_->send(std::span(pieces).first(count), bytes);
        if (bytes > 0) {
            last_progress_ = now_;
            out_.sent(bytes);
        }
    }
    if (progress == RedisConnection::Progress::failed) {
        const std::string reason = connection_->error();
        // A server that closes while it is sent to may have said why.
        receive();
        fail(reason);
    }
}

void RedisStore::fail(std::string reason) {
    if (failure_.empty()) {
        failure_ = std::move(reason);
    }
}

void RedisStore::disconnect() {
    const bool was_ready = state_ == State::ready;
    if (state_ != State::connecting) {
        ++statistics_.disconnects;
    }
    connection_.reset();
    out_.clear();
    replies_.clear();
    state_ = State::waiting;
    const Clock::duration pause = backoff_.next();
    retry_at_ = now_ + pause;
    std::deque<Command> unanswered;
    unanswered.swap(sent_);
    for (const Command& command : unanswered) {
        if (command.request != nullptr) {
            send_again(*command.request);
        }
    }
    outstanding_ = {};
    unconfirmed_bytes_ = 0;
    complain(fmt::format("{}: {}; {} requests wait for the next connection",
                         was_ready ? "disconnected" : "cannot connect", failure_, pending_.size()),
             was_ready);
    failure_.clear();
}

void RedisStore::handle(Reply& reply) {
    if (sent_.empty()) {
        fail(reply.kind == Reply::Kind::error ? reply.text : "it sent an answer that nothing asked for");
        return;
    }
    const Command command = sent_.front();
    sent_.pop_front();
    if (command.request == nullptr) {
        handle_greeting(command.greeting, reply);
        return;
    }
    --outstanding_[static_cast<std::size_t>(command.step)];
    if (command.request->carries_content()) {
        unconfirmed_bytes_ -= command.request->size;
    }
    if (reply.kind == Reply::Kind::error) {
        handle_error(command, reply.text);
    } else {
        handle_answer(command, reply);
    }
}

void RedisStore::handle_greeting(Greeting greeting, const Reply& reply) {
    if (reply.kind == Reply::Kind::error) {
        const ErrorClass meaning = classify_error(reply.text);
        // An ACL or another server's smaller set of commands may forbid what is only good to have.
        const bool needed = greeting == Greeting::authenticate || greeting == Greeting::select;
        const bool not_offered = meaning.action == ErrorAction::retry_few || reply.text.starts_with("NOPERM");
        if (needed || !not_offered) {
            fail(describe_error(reply.text));
            return;
        }
    } else if (greeting == Greeting::load_script && reply.kind == Reply::Kind::content) {
        script_sha_ = reply.content->view();
    }
    if (greeting == Greeting::set_name) {
        state_ = State::ready;
        ++statistics_.connects;
        if (statistics_.connects == 1 && !complained_) {
            spdlog::info("store {}: connected", name_);
        }
        if (!trouble_) {
            recovered();
        }
    }
}

void RedisStore::handle_answer(const Command& command, Reply& reply) {
    StoreRequest& request = *command.request;
    const auto expect = [&](Reply::Kind kind) {
        if (reply.kind != kind) {
            send_again(request);
            fail("its answer does not fit the command");
        }
        return reply.kind == kind;
    };
    if (!trouble_ || *trouble_ == command.step) {
        trouble_.reset();
        backoff_.reset();
        recovered();
    }
    switch (command.step) {
        case Step::touch:
            if (!expect(Reply::Kind::integer)) {
                return;
            }
            if (reply.integer == 0) {
                store_content(request);
            } else {
                finish(request, request.bytes_sent ? Status::stored : Status::already_there);
            }
            return;
        case Step::set_if_absent:
            if (reply.kind == Reply::Kind::nil) {  // Somebody else stored it meanwhile.
                request.bytes_sent = false;
                request.step = Step::touch;
                enqueue(request);
                return;
            }
            [[fallthrough]];
        case Step::set:
            if (expect(Reply::Kind::status)) {
                finish(request, Status::stored);
            }
            return;
        case Step::get:
            if (reply.kind == Reply::Kind::nil) {
                finish(request, Status::missing);
            } else if (reply.kind == Reply::Kind::content && reply.content->size() > request.expected.max) {
                finish(request, Status::refused, {},
                       fmt::format("the content has {} bytes, more than the {} that are allowed",
                                   reply.content->size(), request.expected.max));
            } else if (expect(Reply::Kind::content)) {
                statistics_.payload_bytes_received += reply.content->size();
                finish(request, Status::found, std::move(reply.content));
            }
            return;
        case Step::look_up:
            if (expect(Reply::Kind::integer)) {
                finish(request, reply.integer == -2 ? Status::missing : Status::found);
            }
            return;
    }
}

void RedisStore::store_content(StoreRequest& request) {
    if (!request.storing) {
        const auto [place, first] = storing_.try_emplace(request.key, &request);
        if (!first) {
            place->second->followers.push_back(&request);
            return;
        }
        request.storing = true;
    }
    request.step = Step::set_if_absent;
    enqueue(request);
}

void RedisStore::handle_error(const Command& command, const std::string& error) {
    StoreRequest& request = *command.request;
    switch (classify_error(error).action) {
        case ErrorAction::refuse:
            finish(request, Status::refused, {}, describe_error(error));
            return;
        case ErrorAction::isolate:
            if (sent_.empty()) {
                finish(request, Status::refused, {}, describe_error(error));
                fail(error);
                return;
            }
            isolated_below_ = next_sequence_;
            fail(error);
            break;
        case ErrorAction::load_script:
            request.script_unknown = true;
            send_again(request);
            return;
        case ErrorAction::retry_few:
            if (++request.unknown_errors >= most_unknown_errors) {
                finish(request, Status::refused, {}, describe_error(error));
                return;
            }
            [[fallthrough]];
        case ErrorAction::retry:
            begin_trouble(command.step);
            complain(describe_error(error), false);
            break;
        case ErrorAction::reconnect:
            trouble_ = command.step;
            fail(describe_error(error));
            break;
    }
    send_again(request);
}

void RedisStore::begin_trouble(Step step) {
    trouble_ = step;
    if (now_ >= paused_until_) {
        paused_until_ = now_ + backoff_.next();
    }
}

void RedisStore::complain(const std::string& what, bool always) {
    problem_ = what;
    const std::optional<std::uint64_t> held_back = complaints_.pass(now_);
    if (!held_back && (!always || complained_)) {
        return;
    }
    complained_ = true;
    const std::string more =
        held_back.value_or(0) > 0 ? fmt::format(" ({} messages like this were held back)", *held_back) : "";
    spdlog::warn("store {}: {}{}", name_, what, more);
}

void RedisStore::recovered() {
    if (std::exchange(complained_, false)) {
        spdlog::info("store {}: connected and taking requests again", name_);
    }
}

}  // namespace

std::unique_ptr<RedisFrameStore> RedisFrameStore::open(RedisConfig config) {
    return std::make_unique<RedisStore>(std::move(config));
}

}  // namespace framebridge::store
