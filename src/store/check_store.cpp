#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "store/redis_connection.h"
#include "store/redis_errors.h"
#include "store/redis_frame_store.h"

namespace framebridge::store {

namespace {

struct ReplyDeleter {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPointer = std::unique_ptr<redisReply, ReplyDeleter>;

timeval to_timeval(std::chrono::milliseconds duration) {
    return {static_cast<time_t>(duration.count() / 1000),
            static_cast<suseconds_t>(duration.count() % 1000 * 1000)};
}

RedisContext connect(const RedisConfig& config) {
    const timeval timeout = to_timeval(config.connect_timeout);
    return RedisContext(
        config.unix_socket.empty()
            ? redisConnectWithTimeout(host_name(config.address).c_str(), config.address.port, timeout)
            : redisConnectUnixWithTimeout(config.unix_socket.c_str(), timeout));
}

ReplyPointer ask(redisContext& context, std::initializer_list<std::string_view> arguments) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view argument : arguments) {
        texts.push_back(argument.data());
        sizes.push_back(argument.size());
    }
    return ReplyPointer(static_cast<redisReply*>(
        redisCommandArgv(&context, static_cast<int>(texts.size()), texts.data(), sizes.data())));
}

std::string_view text_of(const redisReply& reply) {
    return {reply.str, reply.len};
}

bool is_error(const ReplyPointer& reply) {
    return reply && reply->type == REDIS_REPLY_ERROR;
}

// The value of a `name:value` line of INFO's answer; empty if it is not there.
std::string_view info_field(std::string_view info, std::string_view name) {
    while (!info.empty()) {
        const std::string_view line = info.substr(0, info.find("\r\n"));
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
            return line.substr(name.size() + 1);
        }
        info.remove_prefix(std::min(info.size(), line.size() + 2));
    }
    return {};
}

// Whether the store lets us in and answers, or has said why it cannot now.
bool greet(redisContext& context, const RedisConfig& config, StoreCheck& check) {
    std::vector<ReplyPointer> replies;
    if (!config.password.empty()) {
        replies.push_back(config.username.empty() ? ask(context, {"AUTH", config.password})
                                                  : ask(context, {"AUTH", config.username, config.password}));
    }
    // Some answer is needed to know whether a password is.
    replies.push_back(config.address.db == 0 ? ask(context, {"PING"})
                                             : ask(context, {"SELECT", std::to_string(config.address.db)}));
    for (const ReplyPointer& reply : replies) {
        if (!reply) {
            return false;
        }
        check.reachable = true;
        if (is_error(reply)) {
            const std::string_view error = text_of(*reply);
            if (config.address.db == 0 && reply == replies.back() && error.starts_with("NOPERM")) {
                return true;  // We can do without PING.
            }
            // What passes by itself is no reason not to start.
            const ErrorClass meaning = classify_error(error);
            if (meaning.misconfigured || meaning.action == ErrorAction::retry_few) {
                check.error = describe_error(error);
            }
            return false;
        }
    }
    return true;
}

void read_info(redisContext& context, StoreCheck& check) {
    const ReplyPointer reply = ask(context, {"INFO"});
    if (!reply || reply->type != REDIS_REPLY_STRING) {
        return;
    }
    const std::string_view info = text_of(*reply);
    check.version = info_field(info, "redis_version");
    check.eviction_policy = info_field(info, "maxmemory_policy");
    const std::string_view maxmemory = info_field(info, "maxmemory");
    std::uint64_t bytes = 0;
    if (!maxmemory.empty() && std::from_chars(maxmemory.begin(), maxmemory.end(), bytes).ec == std::errc{}) {
        check.maxmemory = bytes;
    }
    if (info_field(info, "redis_mode") == "cluster" || info_field(info, "cluster_enabled") == "1") {
        check.error = "it is a node of a Redis cluster, which is not supported: use a single server";
    }
}

}  // namespace

StoreCheck check_store(const RedisConfig& config) {
    StoreCheck check;
    const RedisContext context = connect(config);
    if (!context || context->err != 0) {
        return check;
    }
    redisSetTimeout(context.get(), to_timeval(config.response_timeout));
    if (greet(*context, config, check)) {
        read_info(*context, check);
    }
    if (!check.error.empty()) {
        check.error = "store " + describe(config) + ": " + check.error;
    }
    return check;
}

}  // namespace framebridge::store
