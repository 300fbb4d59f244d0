#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <vector>

#include "common/periodic.h"
#include "kafka/consumer.h"
#include "kafka/offset_tracker.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/delivery.h"
#include "kafka_redis_source/fetch_content.h"
#include "kafka_redis_source/send.h"
#include "runtime/stop_signal.h"

namespace framebridge::source {

/// Kafka -> decode -> frame stores -> ZeroMQ -> commit. One thread; the parts outlive the source.
class Source : private kafka::RebalanceListener {
  public:
    /// `on_frame` is called for each frame sent.
    Source(const SourceConfig& config, zmq::Sender& sender, FrameStores& stores, SourceMetrics& metrics,
           std::function<void()> on_frame);

    /// Carries messages until `stop` is requested (or a Shutdown message orders it), then finishes what is in
    /// work within the shutdown timeout, commits, and closes sender and consumer. Whatever it throws, no
    /// record of the consumer is held any more afterwards. `dead_letters` may be null: what cannot be used is
    /// dropped. It must not outlive the source: it refers to the messages that it did not deliver in time.
    SourceReport run(kafka::Consumer& consumer, kafka::Producer* dead_letters, runtime::StopSignal& stop);

    /// Messages of a partition that were consumed and not sent yet.
    [[nodiscard]] std::size_t in_flight(std::int32_t partition) const { return window_.count(partition); }

    /// Called about once a second while running.
    void on_turn(std::function<void()> hook) { periodic_.set(std::move(hook)); }

  private:
    using Clock = std::chrono::steady_clock;

    void on_assigned(const std::vector<std::int32_t>& partitions) override;
    void on_revoked(const std::vector<std::int32_t>& partitions) override;
    void on_lost(const std::vector<std::int32_t>& partitions) override;
    void wait(const runtime::StopSignal* stop, Clock::time_point deadline);
    void consume();
    void accept(kafka::ConsumedRecord record);
    void fetch_content();
    void send();
    void commit();
    void drain(Clock::time_point deadline);
    void close(std::chrono::milliseconds limit);
    void give_up(const std::vector<std::int32_t>& partitions);
    [[nodiscard]] bool has_room() const;
    [[nodiscard]] kafka::Room room() const;

    const SourceConfig& config_;
    kafka::OffsetTracker tracker_;
    FetchContent fetch_content_;
    Send send_;
    SourceMetrics& metrics_;
    kafka::Consumer* consumer_ = nullptr;
    DeliveryWindow window_;
    std::vector<kafka::ConsumedRecord> records_;
    std::set<std::int32_t> assigned_;
    runtime::PollSet poll_set_;
    Periodic periodic_;
};

}  // namespace framebridge::source
