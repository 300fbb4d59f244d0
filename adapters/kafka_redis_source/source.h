#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/health.h"
#include "kafka/consumer.h"
#include "kafka_redis_source/commit_stage.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/dead_letter_stage.h"
#include "kafka_redis_source/fetch_stage.h"
#include "kafka_redis_source/metrics.h"
#include "kafka_redis_source/send_stage.h"
#include "kafka_redis_source/window.h"
#include "runtime/stop_signal.h"

namespace framebridge::source {

/// What a source carries messages with; it owns all of it.
struct SourceParts {
    std::unique_ptr<kafka::Consumer> consumer;
    FrameStores::Open open_store;
    std::unique_ptr<zmq::Sender> sender;
    std::unique_ptr<kafka::Producer> dead_letters;  ///< Null: what cannot be used is dropped.
};

/// Kafka -> decode -> frame stores -> ZeroMQ -> commit. Used by one thread.
class Source final : private kafka::RebalanceListener {
  public:
    /// `on_frame` is called for each frame sent.
    Source(SourceConfig config, SourceParts parts, SourceMetrics& metrics, Health& health,
           std::function<void()> on_frame);
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// Carries messages until `stop` is requested (or a Shutdown message orders it), then finishes what is in
    /// flight within the shutdown timeout, commits, and closes sender and consumer.
    SourceReport run(const runtime::StopSignal& stop);

  private:
    using Clock = runtime::PollSet::Clock;

    [[nodiscard]] bool is_finished() const;
    void consume();
    void accept(kafka::ConsumedRecord record);
    void fetch();
    void send();
    void commit();

    void on_assigned(const std::vector<std::int32_t>& partitions) override;
    void on_revoked(const std::vector<std::int32_t>& partitions) override;
    void on_lost(const std::vector<std::int32_t>& partitions) override;
    void give_up(const std::vector<std::int32_t>& partitions);

    void wait(const runtime::StopSignal& stop);
    void wait_for_stages(Clock::time_point deadline);
    void drain(Clock::time_point deadline, const std::function<bool()>& nothing_in_flight);
    SourceReport close(std::chrono::milliseconds limit);
    [[nodiscard]] kafka::Room room();
    void report(Health& health);

    SourceConfig config_;
    SourceMetrics& metrics_;
    HealthReporter health_;
    runtime::PollSet poll_set_;
    std::unique_ptr<kafka::Consumer> consumer_;  // Before all that may hold its records.
    std::vector<kafka::ConsumedRecord> records_;
    Window window_;
    FetchStage fetch_stage_;
    SendStage send_stage_;
    DeadLetterStage dead_letter_stage_;
    CommitStage commit_stage_;
};

}  // namespace framebridge::source
