#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

#include "store/redis_config.h"
#include "support/server_process.h"
#include "support/store_servers.h"

namespace framebridge::test {

/// A redis-server or keydb-server on a free port of 127.0.0.1 and on a unix socket.
class RedisServer {
  public:
    explicit RedisServer(const std::string& executable)
        : port_(free_port()),
          process_({executable, "--port", std::to_string(port_), "--bind", "127.0.0.1", "--unixsocket",
                    "socket", "--save", "", "--daemonize", "no"},
                   [this] { return answers(); }) {}
    ServerProcess& process() { return process_; }
    bool start(const std::vector<std::string>& more = {}) { return process_.start(more); }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string unix_socket() const { return (process_.directory() / "socket").string(); }
    [[nodiscard]] store::RedisConfig config() const {
        store::RedisConfig config;
        config.address = {"127.0.0.1", port_, 0};
        return config;
    }

    /// The answer's text (a number in digits, nil as `(nil)`), by a connection of its own.
    [[nodiscard]] std::string ask(const std::vector<std::string>& arguments) const {
        const std::unique_ptr<redisContext, decltype(&redisFree)> context(
            redisConnectWithTimeout("127.0.0.1", port_, {5, 0}), redisFree);
        if (!context || context->err != 0) {
            return "no connection";
        }
        redisSetTimeout(context.get(), {5, 0});
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        for (const std::string& argument : arguments) {
            texts.push_back(argument.data());
            sizes.push_back(argument.size());
        }
        const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
            static_cast<redisReply*>(
                redisCommandArgv(context.get(), static_cast<int>(texts.size()), texts.data(), sizes.data())),
            freeReplyObject);
        if (!reply) {
            return "no answer";
        }
        switch (reply->type) {
            case REDIS_REPLY_INTEGER:
                return std::to_string(reply->integer);
            case REDIS_REPLY_NIL:
                return "(nil)";
            default:
                return reply->str != nullptr ? std::string(reply->str, reply->len) : std::string();
        }
    }

  private:
    [[nodiscard]] bool answers() const {
        const std::string answer = ask({"PING"});
        return answer == "PONG" || answer.starts_with("NOAUTH");
    }

    std::uint16_t port_;
    ServerProcess process_;
};

}  // namespace framebridge::test
