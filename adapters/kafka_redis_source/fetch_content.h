#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "kafka_redis_source/config.h"
#include "kafka_redis_source/delivery.h"
#include "kafka_redis_source/frame_stores.h"
#include "kafka_redis_source/metrics.h"
#include "runtime/rate_limit.h"
#include "store/content_hash.h"

namespace framebridge::source {

/// The stage that gets frames' bytes out of the stores, for all messages in flight at once.
class FetchContent {
  public:
    using Clock = std::chrono::steady_clock;

    FetchContent(const SourceConfig& config, FrameStores& stores, SourceMetrics& metrics);

    /// Starts to fetch the frames that a decoded message refers to.
    void begin(PendingDelivery& delivery);
    /// Lets the stores work and takes their outcomes.
    void advance(DeliveryWindow& window);
    void add_to(runtime::PollSet& poll_set);
    /// Bytes that the frames asked for may have, by the largest seen.
    [[nodiscard]] std::size_t expected_bytes() const { return pending_ * largest_; }

  private:
    struct Retry {
        Clock::time_point due;
        store::Token token;
    };
    void ask(PendingDelivery& delivery, std::size_t index);
    void take(DeliveryWindow& window, const store::Outcome& outcome);
    void finish(PendingDelivery& delivery, FetchedFrame& frame);
    void mark_missing(PendingDelivery& delivery, std::size_t index, const std::string& why);
    [[nodiscard]] bool matches_hash(const protocol::ContentReference& reference, std::string_view content);

    SourceConfig config_;
    FrameStores& stores_;
    SourceMetrics& metrics_;
    store::ContentHash sha256_{store::HashAlgorithm::sha256};
    store::ContentHash xxh3_{store::HashAlgorithm::xxh3_128};
    std::size_t pending_ = 0;
    std::size_t largest_ = 0;
    std::deque<Retry> retries_;
    std::vector<store::Outcome> outcomes_;
    runtime::RateLimit log_limit_;
};

}  // namespace framebridge::source
