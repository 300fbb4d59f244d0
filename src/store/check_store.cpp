#include "store/check_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "store/conversation.h"

namespace framebridge::store {

namespace {

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

// Servers give the version of Redis that they are like; their own name stands elsewhere.
std::string server_of(std::string_view info) {
    struct Server {
        std::string_view field;
        std::string_view name;
    };
    constexpr std::array others{Server{"valkey_version", "Valkey "}, Server{"kvrocks_version", "KVRocks "},
                                Server{"dragonfly_version", "Dragonfly "}};
    for (const Server& other : others) {
        if (const std::string_view version = info_field(info, other.field); !version.empty()) {
            return std::string(other.name) += version;
        }
    }
    const std::string_view version = info_field(info, "redis_version");
    if (version.empty()) {
        return {};
    }
    const bool keydb = !info_field(info, "mvcc_depth").empty() ||
                       info_field(info, "executable").find("keydb") != std::string_view::npos;
    return std::string(keydb ? "KeyDB " : "Redis ") += version;
}

void read_info(std::string_view info, StoreCheck& check) {
    check.server = server_of(info);
    check.eviction_policy = info_field(info, "maxmemory_policy");
    const std::string_view maxmemory = info_field(info, "maxmemory");
    std::uint64_t bytes = 0;
    if (!maxmemory.empty() &&
        std::from_chars(maxmemory.data(), maxmemory.data() + maxmemory.size(), bytes).ec == std::errc{}) {
        check.maxmemory = bytes;
    }
    if (info_field(info, "redis_mode") == "cluster" || info_field(info, "cluster_enabled") == "1") {
        check.error = "it is a node of a Redis cluster, which is not supported: use a single server";
    }
}

}  // namespace

StoreCheck check_store(const RedisConfig& config, const runtime::StopSignal& stop, const Resolve& resolve) {
    StoreCheck check;
    Conversation conversation(config, stop, resolve);
    const std::string name = "store " + describe(config) + ": ";
    if (!conversation.connect()) {
        const auto& failure = conversation.session().failure();
        check.problem = name + (failure ? failure->what() : "no answer yet");
        if (failure && failure->kind() == runtime::FailureKind::misconfigured) {
            check.reachable = true;
            check.error = check.problem;
        }
        return check;
    }
    check.reachable = true;
    // Last, as a proxy may cut the connection for it.
    if (const auto info = conversation.ask({"INFO"}); info && info->kind == Reply::Kind::content) {
        read_info(info->content->view(), check);
    }
    if (!check.error.empty()) {
        check.error.insert(0, name);
    }
    return check;
}

std::vector<std::string> check_durability(const RedisConfig& config, const runtime::StopSignal& stop,
                                          const Resolve& resolve) {
    Conversation conversation(config, stop, resolve);
    const std::string name = "store " + describe(config);
    const auto appends = conversation.connect() ? conversation.setting("appendonly") : std::nullopt;
    if (!appends) {
        return {name + ": it may not be asked (CONFIG GET) whether it keeps what it confirms"};
    }
    std::vector<std::string> warnings;
    if (*appends != "yes") {
        warnings.push_back(name + ": it keeps frames in memory only (appendonly " + *appends +
                           "): its crash loses them all");
    } else if (const auto syncs = conversation.setting("appendfsync"); syncs.value_or("") != "always") {
        warnings.push_back(name + ": its crash may lose frames that it confirmed just before (appendfsync " +
                           syncs.value_or("unknown") + "; 'always' loses none)");
    }
    if (const auto replicas = conversation.setting("min-replicas-to-write"); replicas.value_or("0") == "0") {
        warnings.push_back(name +
                           ": a failover may lose frames that no replica has yet (min-replicas-to-write 0; 1 "
                           "loses none)");
    }
    return warnings;
}

}  // namespace framebridge::store
