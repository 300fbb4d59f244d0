#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/runtime/buffer.h"
#include "framebridge/runtime/poll_set.h"

namespace framebridge {

/// Names one request to a store; the caller's choice, unique among those without an outcome.
using StoreToken = std::uint64_t;

enum class PutMode {
    overwrite,    ///< Bytes and TTL are set, whatever is there (key = prefix:uuid, as Savant's).
    deduplicate,  ///< Bytes are sent only if the key is not there; a hit extends the TTL, never shortens it.
};

enum class StoreStatus {
    stored,         ///< put: the store confirmed the bytes.
    already_there,  ///< put: the store had the key; its TTL is at least what was asked for; no bytes were
                    ///< sent.
    found,          ///< get: `content` holds the bytes.
    missing,        ///< get: the key is not there (expired, evicted, or the store restarted empty).
    refused,  ///< Never will be done, `reason` says why (too large for the store, wrong type of key, ...).
};

struct StoreOutcome {
    StoreToken token = 0;
    StoreStatus status = StoreStatus::refused;
    std::shared_ptr<Buffer> content;
    std::string reason;
};

/// A key-value store for frames, used asynchronously by one thread. Requests are pipelined. While the store
/// is away, full, loading or read-only, requests wait inside and are sent again, in order, for as long as it
/// takes: every request has exactly one outcome, or none before the store is destroyed. Never blocks.
/// A fake stands in for it in scenario tests.
class FrameStore {
  public:
    virtual ~FrameStore() = default;
    /// `parts` (the content in one or more pieces) must stay valid and unchanged until the outcome. A `ttl`
    /// of 0 is for ever. Outcomes may come in another order than the requests.
    virtual void put(StoreToken token, std::string_view key, std::span<const std::string_view> parts,
                     std::chrono::milliseconds ttl, PutMode mode) = 0;
    virtual void get(StoreToken token, std::string_view key) = 0;
    /// Sends and receives what it can without blocking; appends the outcomes that are due to `outcomes`.
    virtual void advance(std::vector<StoreOutcome>& outcomes) = 0;
    virtual void add_to(PollSet& poll_set) = 0;
    /// Whether the store is connected and answering now (for health and log messages).
    [[nodiscard]] virtual bool healthy() const = 0;
};

}  // namespace framebridge
