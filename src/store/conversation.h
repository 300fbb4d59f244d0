#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/stop_signal.h"
#include "store/redis_session.h"

namespace framebridge::store {

/// Talks to a store, or a Sentinel, until the answer is there, the session fails, the time is up or a stop is
/// requested. Blocks.
class Conversation {
  public:
    Conversation(const RedisConfig& config, const runtime::StopSignal& stop, const Resolve& resolve)
        : session_(config, resolve),
          stop_(stop),
          deadline_(Clock::now() + 2 * config.connect_timeout + config.response_timeout) {}

    bool connect() {
        session_.connect(Clock::now());
        return run_until([this] { return session_.state() == RedisSession::State::ready; });
    }
    /// Nothing, if there is no answer; of an array its parts follow by next().
    std::optional<Reply> ask(std::initializer_list<std::string_view> arguments) {
        session_.command().command(arguments);
        return next();
    }

    /// CONFIG GET's answer; nothing if it may not be asked or does not know the setting.
    std::optional<std::string> setting(std::string_view name) {
        const auto answer = ask({"CONFIG", "GET", name});
        if (!answer || answer->kind != Reply::Kind::array) {
            return std::nullopt;
        }
        std::optional<std::string> value;
        for (std::int64_t left = answer->integer; left > 0; --left) {
            const auto part = next();
            if (!part) {
                return std::nullopt;
            }
            if (part->kind == Reply::Kind::content) {
                value = part->content->view();
            }
        }
        return value;
    }
    [[nodiscard]] const RedisSession& session() const { return session_; }

    std::optional<Reply> next() {
        Reply reply;
        const bool answered = run_until(
            [&] { return session_.receive(reply, content_limit) == RedisSession::Received::reply; });
        return answered ? std::optional(std::move(reply)) : std::nullopt;
    }

  private:
    using Clock = RedisSession::Clock;

    template <typename Condition>
    bool run_until(Condition done) {
        while (true) {
            const Clock::time_point now = Clock::now();
            session_.advance(now);
            if (done()) {
                return true;
            }
            session_.flush();
            if (session_.failure() || stop_.requested() || now >= deadline_) {
                return false;
            }
            session_.add_to(poll_set_);
            stop_.add_to(poll_set_);
            poll_set_.wake_at(deadline_);
            poll_set_.wait();
        }
    }

    RedisSession session_;
    const runtime::StopSignal& stop_;
    Clock::time_point deadline_;
    runtime::PollSet poll_set_;
};

}  // namespace framebridge::store
