#pragma once

#include <string>
#include <string_view>

namespace framebridge::store {

/// What to do about an error reply.
enum class ErrorAction {
    retry,        ///< The store cannot do it now: pause, send the request again.
    reconnect,    ///< This server, or this connection, cannot do it: connect anew, send again.
    refuse,       ///< It will never be done.
    isolate,      ///< One of the commands on their way has broken the stream: find out which.
    load_script,  ///< The server forgot the script: send its text.
    retry_few,    ///< Unknown: may pass, but must not hold up everything behind it for ever.
};

struct ErrorClass {
    ErrorAction action = ErrorAction::retry_few;
    std::string_view advice;     ///< What a user can do; empty if nothing is known.
    bool misconfigured = false;  ///< Our settings or the store's are wrong: no start-up should pass over it.
};

/// Understands an error reply (without its `-`) of Redis 6 and 7, KeyDB, Valkey and KVRocks, also where a Lua
/// script passes it on.
ErrorClass classify_error(std::string_view error);

/// The error and, where there is one, the advice, for logs and reasons.
std::string describe_error(std::string_view error);

}  // namespace framebridge::store
