#include "store/redis_errors.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace framebridge::store {

namespace {

struct Entry {
    std::string_view begin;
    ErrorClass meaning;
};

constexpr std::string_view credentials_advice =
    "check --redis-username (REDIS_USERNAME) and --redis-password (REDIS_PASSWORD)";

constexpr std::array entries{
    Entry{"OOM ", {ErrorAction::retry, "the store is full: raise its maxmemory or shorten the TTL"}},
    Entry{"LOADING ",
          {ErrorAction::retry, "the store is loading its data: it will answer when that is done"}},
    Entry{"BUSY ", {ErrorAction::retry, "a script or function blocks the store: SCRIPT KILL ends it"}},
    Entry{"TRYAGAIN ", {ErrorAction::retry, "the store is moving its keys"}},
    Entry{"MISCONF ",
          {ErrorAction::retry,
           "the store cannot save to its disk and takes no writes: free its disk or correct its persistence "
           "settings"}},
    Entry{"NOREPLICAS ",
          {ErrorAction::retry, "the store has fewer good replicas than its min-replicas-to-write asks for"}},
    Entry{"CLUSTERDOWN ",
          {ErrorAction::retry,
           "this is a node of a Redis cluster, which is not supported: use a single server", true}},
    Entry{"MOVED ",
          {ErrorAction::retry,
           "this is a node of a Redis cluster, which is not supported: use a single server", true}},
    Entry{"ASK ",
          {ErrorAction::retry,
           "this is a node of a Redis cluster, which is not supported: use a single server", true}},
    Entry{
        "MASTERDOWN ",
        {ErrorAction::reconnect, "this is a replica that lost its master: point --redis-host at the master"}},
    Entry{"READONLY ",
          {ErrorAction::reconnect,
           "this is a read-only replica: point --redis-host at the master, or wait until this one is "
           "promoted"}},
    Entry{"NOAUTH ", {ErrorAction::reconnect, "set --redis-password (REDIS_PASSWORD)", true}},
    Entry{"WRONGPASS ", {ErrorAction::reconnect, credentials_advice, true}},
    Entry{"ERR invalid password", {ErrorAction::reconnect, credentials_advice, true}},
    Entry{"ERR Client sent AUTH, but no password is set",
          {ErrorAction::reconnect,
           "the store asks for no password: leave out --redis-password (REDIS_PASSWORD)", true}},
    Entry{"ERR AUTH <password> called without any password",
          {ErrorAction::reconnect,
           "the store asks for no password: leave out --redis-password (REDIS_PASSWORD)", true}},
    Entry{"NOPERM ",
          {ErrorAction::wait,
           "the ACL user may not do this: allow it GET, SET, PTTL and PEXPIRE, better also STRLEN, PERSIST, "
           "EVAL and EVALSHA, on its keys, or choose another by --redis-username (REDIS_USERNAME)",
           true}},
    Entry{"DENIED ",
          {ErrorAction::reconnect,
           "the store takes connections from its own machine only: set a password in it", true}},
    Entry{"ERR max number of clients reached", {ErrorAction::reconnect, "raise the store's maxclients"}},
    Entry{"ERR DB index is out of range",
          {ErrorAction::reconnect,
           "the store has no such database: correct --redis-db (REDIS_DB) or raise its databases", true}},
    Entry{"ERR invalid DB index",
          {ErrorAction::reconnect,
           "the store has no such database: correct --redis-db (REDIS_DB) or raise its databases", true}},
    Entry{"ERR SELECT is not allowed in cluster mode",
          {ErrorAction::reconnect,
           "this is a node of a Redis cluster, which is not supported: use a single server", true}},
    Entry{"NOSCRIPT ", {ErrorAction::load_script, ""}},
    Entry{"ERR NOSCRIPT ", {ErrorAction::load_script, ""}},
    Entry{"ERR IO error",
          {ErrorAction::retry, "the store cannot write to its disk: free its disk or raise its limits"}},
    Entry{"ERR write command not allowed when reached max-db-size",
          {ErrorAction::retry, "the store is full: raise its max-db-size or shorten the TTL"}},
    Entry{"WRONGTYPE ", {ErrorAction::refuse, "something else than a frame is stored under this key"}},
    Entry{"ERR Protocol error: invalid bulk length",
          {ErrorAction::isolate, "the content is larger than the store's proto-max-bulk-len"}},
    Entry{"ERR string exceeds maximum allowed size",
          {ErrorAction::refuse, "the content is larger than the store's proto-max-bulk-len"}},
};

// Before version 7, as in KeyDB, an error inside of a script comes as
// `ERR Error running script (call to f_<sha>): @user_script:1: @user_script: 1: -OOM command not allowed
// ...`.
std::string_view inner_error(std::string_view error) {
    constexpr std::string_view mark = ": -";
    const std::size_t at = error.starts_with("ERR Error running script") ? error.find(mark) : error.npos;
    return at == error.npos ? error : error.substr(at + mark.size());
}

}  // namespace

ErrorClass classify_error(std::string_view error) {
    error = inner_error(error);
    const auto* found = std::find_if(entries.begin(), entries.end(),
                                     [&](const Entry& entry) { return error.starts_with(entry.begin); });
    return found == entries.end() ? ErrorClass{} : found->meaning;
}

bool may_lack_command(std::string_view error) {
    constexpr std::array<std::string_view, 9> marks{"unknown",      "unsupported", "not supported",
                                                    "disabled",     "forbidden",   "not allowed",
                                                    "wrong number", "syntax",      "invalid"};
    if (error.starts_with("NOPERM ")) {
        return true;
    }
    if (classify_error(error).action != ErrorAction::wait) {
        return false;
    }
    std::string lower(error);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::any_of(marks.begin(), marks.end(),
                       [&](std::string_view mark) { return lower.find(mark) != std::string::npos; });
}

std::string_view error_kind(std::string_view error) {
    const std::string_view inner = inner_error(error);
    const std::string_view word = inner.substr(0, inner.find(' '));
    const auto* known = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.begin.substr(0, entry.begin.find(' ')) == word;
    });
    return known == entries.end() ? "other" : known->begin.substr(0, word.size());
}

std::string describe_error(std::string_view error) {
    std::string text(error);
    const std::string_view advice = classify_error(error).advice;
    if (!advice.empty()) {
        text += ": ";
        text += advice;
    }
    return text;
}

}  // namespace framebridge::store
