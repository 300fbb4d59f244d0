#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/poll_set.h"
#include "store/dialer.h"
#include "store/redis_config.h"
#include "store/redis_connection.h"
#include "store/reply_stream.h"
#include "store/send_queue.h"

namespace framebridge::store {

/// One connection to a Redis-compatible server, made again as often as it is asked for: connects,
/// authenticates, selects the database, and frames the replies. Never blocks; one thread.
///
/// A server needs to know only GET, and AUTH or SELECT if they are configured: a GET of a key that nobody
/// has shows whether the server answers, when it is connected to and when nothing else was asked for a while.
class RedisSession {
  public:
    using Clock = std::chrono::steady_clock;
    enum class State { closed, dialing, securing, handshaking, ready };
    enum class Received { reply, nothing, too_long };

    explicit RedisSession(RedisConfig config, Resolve resolve = resolve_name);

    void connect(Clock::time_point now);
    /// Goes on with the connection and its handshake, receives nothing that was asked for by others. Once
    /// failure() says why, close() is all that is left to do.
    void advance(Clock::time_point now);
    /// The next reply to one of the commands of others. Receives what is there. With `too_long` the session
    /// has failed, and `reply.integer` says how many bytes were announced.
    Received receive(Reply& reply, std::size_t max_content);
    /// Where to put one more command, which is owed a reply from then on. Only while `ready`.
    SendQueue& command();
    /// Replies that are owed to others.
    [[nodiscard]] std::size_t owed() const { return owed_; }
    /// Sends what it can.
    void flush();
    void fail(runtime::FailureKind kind, const std::string& what);
    void close();

    void add_to(runtime::PollSet& poll_set) const;
    [[nodiscard]] State state() const { return state_; }
    /// Why the connection is of no more use.
    [[nodiscard]] const std::optional<runtime::Failure>& failure() const { return failure_; }
    /// How long something that was asked for has gone without progress.
    [[nodiscard]] Clock::duration silence(Clock::time_point now) const;
    /// As log messages name the store.
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    enum class Step { authenticate, select, probe, set_name };

    void begin_connection();
    void secure();
    void begin_handshake();
    void ask(Step step, std::initializer_list<std::string_view> arguments);
    void take_handshake();
    void take(Step step, const Reply& reply);
    bool receive_bytes();
    void note_progress(std::size_t bytes);
    void fail_as_closed(const std::string& reason);
    [[nodiscard]] bool awaits() const { return !asked_.empty() || owed_ > 0; }
    [[nodiscard]] Clock::time_point next_probe() const;

    RedisConfig config_;
    std::string name_;
    Dialer dialer_;
    std::optional<TlsContext> tls_;
    State state_ = State::closed;
    std::optional<RedisConnection> connection_;
    SendQueue out_;
    ReplyStream replies_;
    std::deque<Step> asked_;  // Own commands; their replies come before those that are owed to others.
    std::size_t owed_ = 0;
    bool answered_ = false;       // Anything, since it was connected to.
    bool takes_its_name_ = true;  // Unless a proxy cut the connection for it.
    std::optional<runtime::Failure> failure_;
    Clock::time_point now_{};
    Clock::time_point last_progress_{};
    std::size_t bytes_since_progress_ = 0;
    bool socket_empty_ = false;  // In this turn.
    std::string send_error_;     // Once nothing can be sent; what came before is still received.
};

}  // namespace framebridge::store
