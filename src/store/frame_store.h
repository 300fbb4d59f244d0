#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/buffer.h"
#include "runtime/poll_set.h"

namespace framebridge::store {

/// Names one request to a store; the caller's choice, unique among those without an outcome.
using Token = std::uint64_t;

enum class PutMode {
    overwrite,    ///< Bytes and TTL are set, whatever is there (key = prefix:uuid, as Savant's).
    deduplicate,  ///< Bytes are sent only if the key is not there; a hit extends the TTL, never shortens it.
    renew,        ///< As deduplicate, for bytes that were stored before: the key's TTL is extended, and the
                  ///< bytes are stored again only if the key is gone.
};

/// What Redis can hold under one key, unless told otherwise (proto-max-bulk-len).
inline constexpr std::size_t content_limit = std::size_t{512} << 20;

/// What a get may bring, in bytes.
struct ContentSize {
    std::optional<std::uint64_t> expected{};  ///< As the reference says; none: the store is asked.
    std::uint64_t max = content_limit;        ///< More than that is refused before it is received.
};

enum class Status {
    stored,         ///< put: the store confirmed the bytes.
    already_there,  ///< put: the store had the key; its TTL is at least what was asked for; no bytes were
                    ///< sent.
    found,       ///< get: `content` holds the bytes, whatever size was expected. look_up: the key is there.
    missing,     ///< get, look_up: the key is not there (expired, evicted, or the store restarted empty).
    wrong_size,  ///< get: what is under the key has another size than was expected, as `reason` says.
    refused,     ///< Never will be done, `reason` says why (too large for the store, wrong type of key, ...).
};

struct Outcome {
    Token token = 0;
    Status status = Status::refused;
    std::shared_ptr<runtime::Buffer> content;
    std::string reason;
    /// look_up, ask_ttl: how long the key still lives; none: for ever, or not known.
    std::optional<std::chrono::milliseconds> time_to_live{};
};

/// Counted by a store since it was opened.
struct StoreStatistics {
    std::uint64_t connects = 0;
    std::uint64_t disconnects = 0;
    std::uint64_t retries = 0;  ///< Requests sent again, for whatever reason.
    std::uint64_t payload_bytes_sent = 0;
    std::uint64_t payload_bytes_received = 0;
    std::map<std::string_view, std::uint64_t> errors{};  ///< Error answers, by error_kind().

    StoreStatistics& operator+=(const StoreStatistics& other) {
        connects += other.connects;
        disconnects += other.disconnects;
        retries += other.retries;
        payload_bytes_sent += other.payload_bytes_sent;
        payload_bytes_received += other.payload_bytes_received;
        for (const auto& [kind, count] : other.errors) {
            errors[kind] += count;
        }
        return *this;
    }
};

/// A key-value store for frames, used asynchronously by one thread. Requests are pipelined. While the store
/// is away, full, loading or read-only, or says what this program does not know, requests wait inside and are
/// sent again, for as long as it takes: every request has exactly one outcome, or none before the store is
/// destroyed. Never blocks.
/// A fake stands in for it in scenario tests.
class FrameStore {
  public:
    virtual ~FrameStore() = default;
    /// `parts` (the content in one or more pieces) must stay valid and unchanged until the outcome. A `ttl`
    /// of 0 is for ever. Outcomes may come in another order than the requests.
    virtual void put(Token token, std::string_view key, std::span<const std::string_view> parts,
                     std::chrono::milliseconds ttl, PutMode mode) = 0;
    virtual void get(Token token, std::string_view key, ContentSize size) = 0;
    /// Whether the key is there; its bytes stay where they are and its TTL as it is.
    virtual void look_up(Token token, std::string_view key) = 0;
    /// As look_up, for the sake of Outcome::time_to_live. Asked once only: a store that does not answer it
    /// refuses it, and that is no problem of the store's.
    virtual void ask_ttl(Token token, std::string_view key) = 0;
    /// Sends and receives what it can without blocking; appends the outcomes that are due to `outcomes`.
    virtual void advance(std::vector<Outcome>& outcomes) = 0;
    virtual void add_to(runtime::PollSet& poll_set) = 0;
    /// Why requests wait now, in one sentence that names the store, as in the log; empty if it is connected
    /// and answers them. Begins with "starting" while it is being connected to for the first time.
    [[nodiscard]] virtual std::string problem() const = 0;
    /// Whether the problem is this process's own: it is out of file descriptors or memory. No request is to
    /// be given up for that.
    [[nodiscard]] virtual bool lacks_resources() const { return false; }
    [[nodiscard]] virtual StoreStatistics statistics() const { return {}; }
};

}  // namespace framebridge::store
