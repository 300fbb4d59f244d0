#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/metrics.h"
#include "kafka_redis_sink/transfer.h"
#include "store/content_hash.h"
#include "store/frame_store.h"

namespace framebridge::sink {

/// The stage that puts frames' bytes where they belong: into the store, with a reference in the message; or,
/// without a store, into the message. A message is ready when the store has confirmed all of its frames.
class StoreContent {
  public:
    using Ttl = std::atomic<std::chrono::milliseconds::rep>;

    /// `store` may be null: no store. `ttl_ms` may be changed by another thread while this runs.
    StoreContent(const StoreContentConfig& config, store::FrameStore* store, const Ttl& ttl_ms,
                 SinkMetrics& metrics);

    /// Starts to store the frames of a decoded message.
    void begin(Transfer& transfer);
    /// Lets the store work and takes its outcomes.
    void advance(TransferWindow& window);
    void add_to(runtime::PollSet& poll_set);
    /// Messages that wait for the store.
    [[nodiscard]] std::size_t pending() const { return pending_; }

  private:
    void find_bytes(Transfer& transfer);
    void put(Transfer& transfer, std::size_t index);
    void keep_inline(Transfer& transfer, std::size_t index);
    void apply(Transfer& transfer, std::size_t index, const store::Outcome& outcome);

    const StoreContentConfig& config_;
    store::FrameStore* store_;
    const Ttl& ttl_ms_;
    SinkMetrics& metrics_;
    store::ContentHash hash_;
    std::size_t pending_ = 0;
    std::vector<std::size_t> attached_;  // Of the message at hand: its frames with bytes in extra parts.
    std::vector<store::Outcome> outcomes_;
};

}  // namespace framebridge::sink
