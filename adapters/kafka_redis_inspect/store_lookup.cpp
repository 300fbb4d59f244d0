#include "kafka_redis_inspect/store_lookup.h"

#include <algorithm>
#include <charconv>

#include "runtime/failure.h"

namespace framebridge::inspect {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw runtime::Failure(runtime::FailureKind::unavailable, what);
}

std::optional<protocol::StoreAddress> address_of(std::string_view store) {
    const auto parsed = protocol::StoreAddress::parse(store);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace

bool StoreLookup::follows(std::string_view store) const {
    const auto address = address_of(store);
    if (!address) {
        return false;
    }
    const bool named =
        access_.aliases.contains(*address) ||
        std::find(access_.allowed.begin(), access_.allowed.end(), *address) != access_.allowed.end();
    const bool any = access_.aliases.empty() && access_.allowed.empty() && access_.password.empty();
    return named || any;
}

StoreLookup::Connection StoreLookup::connect(const protocol::StoreAddress& address) const {
    const auto name = address.to_string();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(access_.timeout).count();
    const timeval timeout{static_cast<time_t>(micros / 1'000'000),
                          static_cast<suseconds_t>(micros % 1'000'000)};
    Connection context(redisConnectWithTimeout(address.host.c_str(), address.port, timeout));
    if (!context || context->err != 0) {
        fail("the store " + name + " does not answer: " + (context ? context->errstr : "out of memory"));
    }
    redisSetTimeout(context.get(), timeout);
    const auto say = [&](const std::vector<std::string_view>& command, const std::string& doing) {
        append(*context, command);
        const auto reply = next(*context);
        if (reply->type == REDIS_REPLY_ERROR) {
            throw runtime::Failure(runtime::FailureKind::not_permitted,
                                   "the store " + name + " refuses " + doing + ": " + reply->str +
                                       "; see --redis-username and --redis-password");
        }
    };
    if (!access_.password.empty()) {
        access_.username.empty() ? say({"AUTH", access_.password}, "the password")
                                 : say({"AUTH", access_.username, access_.password}, "the password");
    }
    if (address.db != 0) {
        say({"SELECT", std::to_string(address.db)}, "database " + std::to_string(address.db));
    }
    return context;
}

redisContext& StoreLookup::connection(std::string_view store) {
    auto found = connections_.find(store);
    if (found == connections_.end()) {
        auto address = address_of(store);
        if (!address) {
            fail("'" + std::string(store) + "' is not a store's address");
        }
        if (const auto alias = access_.aliases.find(*address); alias != access_.aliases.end()) {
            address = alias->second;
        }
        found = connections_.emplace(store, connect(*address)).first;
    }
    return *found->second;
}

void StoreLookup::append(redisContext& context, const std::vector<std::string_view>& command) {
    std::vector<const char*> arguments;
    std::vector<std::size_t> sizes;
    for (const auto part : command) {
        arguments.push_back(part.data());
        sizes.push_back(part.size());
    }
    redisAppendCommandArgv(&context, static_cast<int>(command.size()), arguments.data(), sizes.data());
}

StoreLookup::Reply StoreLookup::next(redisContext& context) {
    void* reply = nullptr;
    if (redisGetReply(&context, &reply) != REDIS_OK || reply == nullptr) {
        fail(std::string("the store's answer did not come: ") + context.errstr);
    }
    return Reply(static_cast<redisReply*>(reply));
}

std::vector<StoredKey> StoreLookup::ask(std::string_view store, const std::vector<std::string_view>& keys,
                                        Look look) {
    auto& context = connection(store);
    for (const auto key : keys) {
        append(context, {look == Look::content ? "GET" : "STRLEN", key});
        append(context, {"PTTL", key});
    }
    std::vector<StoredKey> answers;
    answers.reserve(keys.size());
    for (const auto key : keys) {
        const auto value = next(context);
        const auto ttl = next(context);
        StoredKey answer;
        if (value->type == REDIS_REPLY_INTEGER) {
            answer.size = static_cast<std::uint64_t>(value->integer);
        } else if (value->type == REDIS_REPLY_STRING) {
            answer.content.assign(value->str, value->len);
            answer.size = value->len;
        } else if (value->type == REDIS_REPLY_ERROR &&
                   std::string_view(value->str).starts_with("WRONGTYPE")) {
            answer.size = 0;
        } else if (value->type == REDIS_REPLY_ERROR) {
            fail("the store " + std::string(store) + " answers '" + value->str + "' for key '" +
                 std::string(key) + "'");
        }
        // -2: there is no such key; -1: it does not expire.
        const auto left = ttl->type == REDIS_REPLY_INTEGER ? ttl->integer : -1;
        answer.exists = left != -2 && value->type != REDIS_REPLY_NIL;
        if (left >= 0) {
            answer.ttl = std::chrono::milliseconds(left);
        }
        answers.push_back(std::move(answer));
    }
    return answers;
}

void StoreLookup::each_key(std::string_view store, const std::string& prefix, std::chrono::seconds idle,
                           const std::function<void(const std::string& key, std::uint64_t size)>& visit) {
    auto& context = connection(store);
    std::string pattern;
    for (const char letter : prefix) {
        if (std::string_view("*?[]\\").find(letter) != std::string_view::npos) {
            pattern += '\\';
        }
        pattern += letter;
    }
    pattern += '*';
    std::string cursor = "0";
    do {
        append(context, {"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"});
        const auto page = next(context);
        if (page->type != REDIS_REPLY_ARRAY || page->elements != 2) {
            fail("the store " + std::string(store) + " does not list its keys: " +
                 (page->type == REDIS_REPLY_ERROR ? page->str : "SCAN is not understood"));
        }
        cursor.assign(page->element[0]->str, page->element[0]->len);
        const auto& keys = *page->element[1];
        for (std::size_t index = 0; index < keys.elements; ++index) {
            const std::string_view key(keys.element[index]->str, keys.element[index]->len);
            append(context, {"OBJECT", "IDLETIME", key});
            append(context, {"STRLEN", key});
        }
        for (std::size_t index = 0; index < keys.elements; ++index) {
            const auto unused = next(context);
            const auto size = next(context);
            if (unused->type == REDIS_REPLY_INTEGER && unused->integer >= idle.count()) {
                visit(std::string(keys.element[index]->str, keys.element[index]->len),
                      size->type == REDIS_REPLY_INTEGER ? static_cast<std::uint64_t>(size->integer) : 0);
            }
        }
    } while (cursor != "0");
}

}  // namespace framebridge::inspect
