#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/message_in_flight.h"
#include "kafka_redis_sink/metrics.h"
#include "kafka_redis_sink/ttl_watch.h"
#include "store/content_hash.h"
#include "store/frame_store.h"

namespace framebridge::sink {

/// The stage that puts frames' bytes where they belong: into the store, with a reference in the message; or,
/// without a store, into the message. A message is ready when the store has confirmed all of its frames.
class StoreStage {
  public:
    /// `store` may be null: no store. The TTL of what is stored is asked of `ttl`.
    StoreStage(StoreContentConfig config, std::unique_ptr<store::FrameStore> store,
               std::unique_ptr<TtlWatch> ttl, SinkMetrics& metrics);

    /// Starts to store the frames of a decoded message.
    void begin(MessageInFlight& message);
    /// Lets the store work and takes its outcomes.
    void advance(SinkMessages& messages);
    void add_to(runtime::PollSet& poll_set);
    /// Messages that wait for the store.
    [[nodiscard]] std::size_t pending() const { return pending_; }
    /// What is wrong with the store now, for /health; empty if nothing is.
    [[nodiscard]] std::string problem() const;
    [[nodiscard]] store::StoreStatistics statistics() const;

  private:
    void find_bytes(MessageInFlight& message);
    void put(MessageInFlight& message, std::size_t index);
    void keep_inline(MessageInFlight& message, std::size_t index);
    void apply(MessageInFlight& message, std::size_t index, const store::Outcome& outcome);

    StoreContentConfig config_;
    std::unique_ptr<store::FrameStore> store_;
    std::unique_ptr<TtlWatch> ttl_;
    SinkMetrics& metrics_;
    store::ContentHash hash_;
    std::size_t pending_ = 0;
    std::vector<std::size_t> attached_;  // Of the message at hand: its frames with bytes in extra parts.
    std::vector<store::Outcome> outcomes_;
};

}  // namespace framebridge::sink
