#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/periodic.h"
#include "common/shutdown_order.h"
#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/metrics.h"
#include "kafka_redis_sink/produce.h"
#include "kafka_redis_sink/store_content.h"
#include "kafka_redis_sink/transfer.h"
#include "runtime/stop_signal.h"
#include "zmq/receiver.h"

namespace framebridge::sink {

/// What a run of the sink came to.
struct SinkReport {
    std::uint64_t delivered = 0;  ///< Messages in the topic.
    std::uint64_t frames = 0;     ///< Frames in them.
    std::uint64_t bytes = 0;      ///< Bytes received with them.
    std::uint64_t dead_letters = 0;
    std::uint64_t dropped = 0;        ///< Could not be used, no dead-letter topic took them.
    std::uint64_t ignored = 0;        ///< Shutdown messages not meant for Kafka.
    std::uint64_t not_delivered = 0;  ///< Received, but not confirmed when the time to stop was up.
};

/// ZeroMQ -> decode -> frame store -> Kafka -> acknowledgement. One thread; the parts outlive the sink.
class Sink {
  public:
    using Ttl = StoreContent::Ttl;

    /// `store` may be null: frames travel inside the Kafka messages. `on_frame` is called for each frame
    /// delivered.
    Sink(const SinkConfig& config, zmq::Receiver& receiver, store::FrameStore* store, const Ttl& ttl_ms,
         SinkMetrics& metrics, std::function<void()> on_frame);

    /// Carries messages until `stop` is requested (or a Shutdown message orders it), then finishes what is in
    /// work within the shutdown timeout. The producer must not outlive the sink: it refers to the messages in
    /// work, also to those that were not delivered in time.
    SinkReport run(kafka::Producer& producer, runtime::StopSignal& stop);
    /// Called about once a second while running.
    void on_turn(std::function<void()> hook) { periodic_.set(std::move(hook)); }

  private:
    void wait(const runtime::StopSignal* stop);
    bool receive();
    void decode(Transfer& transfer);
    void store_content();
    void produce();
    void acknowledge();
    void count(const Transfer& transfer, std::chrono::steady_clock::time_point now);
    void drain();
    [[nodiscard]] bool has_room() const;

    const SinkConfig& config_;
    zmq::Receiver& receiver_;
    StoreContent store_content_;
    Produce produce_;
    ShutdownOrder shutdown_;
    SinkMetrics& metrics_;
    std::function<void()> on_frame_;
    TransferWindow window_;
    runtime::PollSet poll_set_;
    Periodic periodic_;
    bool receiving_ = true;
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    SinkReport report_;
};

}  // namespace framebridge::sink
