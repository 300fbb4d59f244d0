#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka_redis_source/config.h"
#include "kafka_redis_source/frame_stores.h"
#include "kafka_redis_source/metrics.h"
#include "kafka_redis_source/missing_grace.h"
#include "kafka_redis_source/patience.h"
#include "kafka_redis_source/ttl_probe.h"
#include "kafka_redis_source/window.h"
#include "runtime/log_limit.h"
#include "store/content_hash.h"

namespace framebridge::source {

/// The stage that gets frames' bytes out of the stores, for all messages in flight at once.
class FetchStage {
  public:
    using Clock = std::chrono::steady_clock;

    FetchStage(const SourceConfig& config, FrameStores::Open open_store, SourceMetrics& metrics);

    /// Looks at what a decoded message refers to; it becomes a dead letter if that can be told at once.
    void begin(MessageInFlight& message);
    /// Asks for what there is room for, lets the stores work and takes their outcomes.
    void advance(Window& window);
    void add_to(runtime::PollSet& poll_set, Window& window);
    void report(runtime::Health& health) { stores_.report(health); }
    [[nodiscard]] store::StoreStatistics statistics() const { return stores_.statistics(); }

  private:
    /// What became of the attempt to ask for a message's next frame.
    enum class Step { done, wait };

    void ask_again(Window& window);
    void ask(Window& window, Lane& lane);
    /// Whether ask() would go on.
    [[nodiscard]] bool can_ask(const Window& window, const Lane& lane) const;
    Step ask_next_frame(Window& window, Lane& lane, MessageInFlight& message);
    Step ask_store(Window& window, MessageInFlight& message, std::size_t index);
    [[nodiscard]] std::size_t expected_size(const Window& window, const StoredFrame& frame) const;
    [[nodiscard]] bool has_room(const Window& window, const Lane& lane, const MessageInFlight& message) const;

    void take(Window& window, const store::Outcome& outcome);
    void take_missing(MessageInFlight& message, std::size_t index, const store::Outcome& outcome);
    void take_content(Window& window, MessageInFlight& message, std::size_t index,
                      std::shared_ptr<runtime::Buffer> content);
    void give_up(Window& window, MessageInFlight& message, Fault fault, std::string reason);
    void mark_missing(MessageInFlight& message, std::size_t index, std::string_view why);
    void limit_waits(Window& window);
    [[nodiscard]] bool waits_for_stranger(const Lane& lane) const;
    [[nodiscard]] bool matches_hash(const protocol::ContentReference& reference, std::string_view content);

    SourceConfig config_;
    FrameStores stores_;
    SourceMetrics& metrics_;
    MissingGrace grace_;
    store::ContentHash sha256_{store::HashAlgorithm::sha256};
    store::ContentHash xxh3_{store::HashAlgorithm::xxh3_128};
    std::size_t largest_ = 0;  ///< Bytes of the largest frame of late.
    TtlProbe ttl_probe_;
    std::vector<store::Token> to_ask_again_;
    Clock::time_point ask_again_at_;
    std::map<std::int32_t, Patience> patience_;  ///< Of the partitions that have waited for strangers.
    std::vector<store::Outcome> outcomes_;
    runtime::LogLimit log_;
};

}  // namespace framebridge::source
