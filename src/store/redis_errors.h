#pragma once

#include <string>
#include <string_view>

namespace framebridge::store {

/// What to do about an error reply.
enum class ErrorAction {
    retry,        ///< The store cannot do it now: pause, send the request again.
    reconnect,    ///< This server, or this connection, cannot do it: connect again, send again.
    refuse,       ///< It will never be done: the request's own fault, provably.
    isolate,      ///< One of the commands on their way has broken the stream: find out which.
    load_script,  ///< The server forgot the script: send its text.
    wait,         ///< Not known, or this key's alone: send it again, but let the others pass.
};

struct ErrorClass {
    ErrorAction action = ErrorAction::wait;
    std::string_view advice;     ///< What a user can do; empty if nothing is known.
    bool misconfigured = false;  ///< Our settings or the store's are wrong: no start-up should ignore it.
};

/// Understands an error reply (without its `-`) of Redis 6 and 7, KeyDB, Valkey and KVRocks, also where a Lua
/// script passes it on.
ErrorClass classify_error(std::string_view error);

/// Whether the error may mean that the server, or what stands before it, does not know the command or this
/// form of it, or that this user may not use it.
bool may_lack_command(std::string_view error);

/// Its first word, if it is one that servers are known to answer; else `other`. For metrics: a server cannot
/// make up kinds.
std::string_view error_kind(std::string_view error);

/// The error and, where there is one, the advice, for logs and reasons.
std::string describe_error(std::string_view error);

}  // namespace framebridge::store
