#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/frame_store.h"
#include "store/send_queue.h"

namespace framebridge::store {

/// What a request asks the server for next.
enum class Step {
    set,            ///< Put, overwriting.
    touch,          ///< Put, deduplicating: extend the TTL, learn whether the key lives.
    set_if_absent,  ///< Put, deduplicating, after the touch found nothing.
    get,
    look_up,  ///< Whether the key is there.
};
inline constexpr std::size_t step_count = 5;

struct StoreRequest {
    std::uint64_t sequence = 0;  ///< Requests are sent in this order.
    Token token = 0;
    std::string key;
    std::vector<std::string_view> parts;
    std::size_t size = 0;
    std::chrono::milliseconds ttl{0};
    ContentSize expected{};  ///< Of a get.
    Step first_step = Step::get;
    Step step = Step::get;
    int unknown_errors = 0;
    bool script_unknown = false;  ///< The server said NOSCRIPT: the script's text must be sent.
    bool bytes_sent = false;
    bool storing = false;                    ///< Others that put the same key wait for this one,
    std::vector<StoreRequest*> followers{};  ///< these.

    [[nodiscard]] bool carries_content() const { return step == Step::set || step == Step::set_if_absent; }
};

/// Extends the TTL of KEYS[1] to ARGV[1] ms (0: for ever), never shortens it; 1 if the key lives, else 0.
/// Does without `PEXPIRE ... GT`, which Redis 6 and KeyDB do not have.
extern const std::string_view touch_script;

/// Queues the command of the request's step. `script_sha` is empty where the server's script cache cannot be
/// used.
void encode(const StoreRequest& request, std::string_view script_sha, SendQueue& out);

}  // namespace framebridge::store
