#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/frame_keys.h"
#include "kafka_redis_sink/message_in_flight.h"
#include "kafka_redis_sink/metrics.h"
#include "kafka_redis_sink/ttl_watch.h"
#include "runtime/log_limit.h"
#include "store/frame_store.h"

namespace framebridge::sink {

/// The stage that puts frames' bytes where they belong: into the store, with a reference in the message; or,
/// without a store, into the message. A message is ready when the store has confirmed all of its frames.
class StoreStage {
  public:
    using Clock = MessageInFlight::Clock;

    /// `store` may be null: no store. The TTL of what is stored is asked of `ttl`.
    StoreStage(const StoreContentConfig& config, std::unique_ptr<store::FrameStore> store,
               std::unique_ptr<TtlWatch> ttl, SinkMetrics& metrics);

    /// Starts to store the frames of a decoded message.
    void begin(MessageInFlight& message);
    /// Lets the store work and takes its outcomes.
    void advance(SinkMessages& messages);
    /// Looks after a delivered message before it is acknowledged: at least two thirds of its frames' TTL are
    /// to be ahead then. If less may be, as Kafka was away for long, they are renewed first.
    void renew_if_old(MessageInFlight& message, Clock::time_point now);
    void add_to(runtime::PollSet& poll_set);
    /// Messages that wait for the store before they can be produced.
    [[nodiscard]] std::size_t pending() const { return pending_; }
    /// What is wrong with the store now, for /health; empty if nothing is.
    [[nodiscard]] std::string problem() const;
    [[nodiscard]] store::StoreStatistics statistics() const;

  private:
    void begin_frame(MessageInFlight& message, std::size_t index);
    void begin_reference(MessageInFlight& message, std::size_t index,
                         const protocol::ContentReference& reference);
    void put(MessageInFlight& message, std::size_t index);
    void keep_inline(MessageInFlight& message, std::size_t index);
    void apply(MessageInFlight& message, std::size_t index, const store::Outcome& outcome);
    void note_stored(MessageInFlight& message, std::size_t index, store::Status status);
    [[nodiscard]] bool is_own(const protocol::ContentReference& reference) const;

    StoreContentConfig config_;
    std::unique_ptr<store::FrameStore> store_;
    std::unique_ptr<TtlWatch> ttl_;
    SinkMetrics& metrics_;
    FrameKeys keys_;
    std::size_t pending_ = 0;
    std::vector<store::Outcome> outcomes_;
    runtime::LogLimit reuse_log_;
    runtime::LogLimit lost_log_;
};

}  // namespace framebridge::sink
