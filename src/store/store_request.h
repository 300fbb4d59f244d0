#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "store/frame_store.h"
#include "store/send_queue.h"

namespace framebridge::store {

/// What a request asks the server for next.
enum class Step {
    set,             ///< Put, overwriting.
    touch,           ///< Put, deduplicating, by a script: extend the TTL, learn whether the key lives.
    read_ttl,        ///< The same without scripts: learn whether the key lives, and for how long,
    extend,          ///< extend its TTL, where the server can do that without ever shortening it,
    extend_plainly,  ///< or where it cannot,
    persist,         ///< or have it live for ever.
    set_if_absent,   ///< Put, deduplicating, after nothing was found.
    measure,         ///< Get: how large is it?
    get,
    look_up,  ///< Whether the key is there.
};
inline constexpr std::size_t step_count = 10;

/// What was found out about a server's commands: a proxy, an ACL or a smaller server may lack some.
struct Dialect {
    bool scripts = true;         ///< EVAL and EVALSHA.
    bool extends_only = true;    ///< PEXPIRE ... GT.
    bool sets_if_absent = true;  ///< SET ... NX.
    bool persists = true;        ///< PERSIST.
    bool measures = true;        ///< STRLEN.

    /// Which of these a step needs; null if it needs none.
    bool* needed_by(Step step);
};

struct StoreRequest {
    enum class Kind { put, deduplicate, get, look_up, ask_ttl };
    /// Of content whose size nobody knows: it goes alone.
    static constexpr std::size_t unknown_size = std::numeric_limits<std::size_t>::max() / 2;

    std::uint64_t sequence = 0;  ///< Requests are sent in this order.
    Token token = 0;
    Kind kind = Kind::get;
    std::string key;
    std::vector<std::string_view> parts;
    std::size_t size = 0;  ///< Of the content, as far as it is known.
    std::chrono::milliseconds ttl{0};
    ContentSize wanted{};  ///< Of a get.
    Step step = Step::get;
    unsigned failures = 0;               ///< How often the store answered with an error that may pass.
    std::uint64_t successes_before = 0;  ///< Of others, when it last failed.
    bool script_unknown = false;         ///< The server said NOSCRIPT: the script's text must be sent.
    bool bytes_sent = false;
    bool storing = false;                    ///< Others that put the same key wait for this one,
    std::vector<StoreRequest*> followers{};  ///< these.

    [[nodiscard]] bool sends_content() const { return step == Step::set || step == Step::set_if_absent; }
    /// Payload bytes that the step sends or asks for.
    [[nodiscard]] std::size_t payload() const { return sends_content() || step == Step::get ? size : 0; }
    /// Where it begins, or begins again.
    [[nodiscard]] Step first_step(const Dialect& dialect) const;
};

/// Extends the TTL of KEYS[1] to ARGV[1] ms (0: for ever), never shortens it; 1 if the key lives, else 0.
/// Does without `PEXPIRE ... GT`, which Redis 6 and KeyDB do not have.
extern const std::string_view touch_script;

/// Queues the command of the request's step.
void encode(const StoreRequest& request, SendQueue& out);

/// The server answered this step with an error. If that may be because it lacks the command, notes so and
/// returns true: the request begins again, by other commands.
bool learn(Dialect& dialect, Step step, std::string_view error);

}  // namespace framebridge::store
