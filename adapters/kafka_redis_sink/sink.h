#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/health.h"
#include "common/shutdown_order.h"
#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/message_in_flight.h"
#include "kafka_redis_sink/metrics.h"
#include "kafka_redis_sink/produce_stage.h"
#include "kafka_redis_sink/sequences.h"
#include "kafka_redis_sink/store_stage.h"
#include "runtime/stop_signal.h"
#include "zmq/receiver.h"

namespace framebridge::sink {

/// What a sink carries messages with; it owns all of it.
struct SinkParts {
    std::unique_ptr<zmq::Receiver> receiver;
    std::unique_ptr<store::FrameStore> store;  ///< Null: frames travel inside the Kafka messages.
    std::unique_ptr<TtlWatch> ttl;             ///< Null if there is no store.
    /// The largest records that the topics take; null: not known before the broker says so.
    std::unique_ptr<RecordLimit> record_limit;
    std::unique_ptr<RecordLimit> dead_letter_limit;
    std::unique_ptr<kafka::Producer> producer;
};

/// ZeroMQ -> decode -> frame store -> Kafka -> acknowledgement. Used by one thread.
class Sink {
  public:
    /// `on_frame` is called for each frame delivered.
    Sink(SinkConfig config, SinkParts parts, SinkMetrics& metrics, Health& health,
         std::function<void()> on_frame);
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    /// Carries messages until `stop` is requested (or a Shutdown message orders it), then finishes what is in
    /// flight within the shutdown timeout.
    SinkReport run(const runtime::StopSignal& stop);

  private:
    using Clock = runtime::PollSet::Clock;
    enum class Phase {
        carrying,
        emptying,  ///< Stopping: what the peers sent before is still taken.
        finishing  ///< Stopping: nothing is taken any more.
    };
    enum class Taken { all, some };

    Taken turn();
    Taken receive();
    void decode(MessageInFlight& message);
    void store();
    void produce();
    void acknowledge();
    void count(const MessageInFlight& message, Clock::time_point now);
    void log_trace(const MessageInFlight& message, Clock::time_point now) const;
    void wait(const runtime::StopSignal& stop, Clock::time_point deadline);
    void drain(const runtime::StopSignal& stop);
    [[nodiscard]] bool has_room() const;

    SinkConfig config_;
    SinkMetrics& metrics_;
    HealthReporter health_;
    std::function<void()> on_frame_;
    ShutdownOrder shutdown_;
    Phase phase_ = Phase::carrying;
    runtime::PollSet poll_set_;
    SinkMessages messages_;
    Sequences sequences_;
    std::unique_ptr<zmq::Receiver> receiver_;
    StoreStage store_stage_;
    ProduceStage produce_stage_;  // Last: its producer refers to the messages that it has not delivered.
};

}  // namespace framebridge::sink
