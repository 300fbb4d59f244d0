#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka_redis_sink/sink.h"
#include "runtime/stop_signal.h"
#include "support/fakes.h"

namespace framebridge::sink::testing {

using namespace framebridge::testing;

/// A sink between fakes:   FakeReceiver -> sink -> FakeStore, FakeProducer
class SinkScenario : public ::testing::Test {
  protected:
    SinkScenario() {
        config.content.location_prefix = "store:6379:0";
        config.shutdown_timeout = std::chrono::seconds(20);
    }

    /// Runs the sink until the script is over and the sink has come to rest, or a step requests a stop; then
    /// it stops. The fakes are there until the scenario ends.
    SinkReport run() {
        SinkParts parts;
        if (with_store) {
            parts.store = std::move(own_store_);
            parts.ttl = std::make_unique<TtlWatch>(
                TtlWatch::Config{.topic = "topic", .ttl = config.ttl, .policy = TtlPolicy::off},
                [](std::string&) { return std::nullopt; }, metrics.ttl_shortfall_seconds);
        }
        const auto limit_of = [](std::optional<std::int64_t> bytes) {
            return bytes ? std::make_unique<RecordLimit>([bytes] { return bytes; }) : nullptr;
        };
        parts.record_limit = limit_of(record_limit);
        parts.dead_letter_limit = limit_of(dead_letter_limit);
        parts.receiver = std::move(own_receiver_);
        parts.producer = std::move(own_producer_);
        producer.each_turn = [this] {
            if (script.turn()) {
                stop.request();
            }
        };
        sink_.emplace(config, std::move(parts), metrics, health, [this] { ++frames_counted; });
        return sink_->run(stop);
    }

    protocol::Envelope envelope_of(const std::string& message) {
        protocol::Envelope envelope;
        EXPECT_TRUE(decode(protocol::FormatChoice::automatic, message, envelope).has_value());
        return envelope;
    }

  private:
    std::unique_ptr<FakeReceiver> own_receiver_ = std::make_unique<FakeReceiver>();
    std::unique_ptr<FakeStore> own_store_ = std::make_unique<FakeStore>();
    std::unique_ptr<FakeProducer> own_producer_ = std::make_unique<FakeProducer>();

  protected:
    runtime::Metrics registry_;
    SinkConfig config;
    FakeReceiver& receiver = *own_receiver_;
    FakeStore& store = *own_store_;
    FakeProducer& producer = *own_producer_;
    SinkMetrics metrics{registry_};
    Health health{"kafka-redis-sink", registry_};
    runtime::StopSignal stop;
    Script script;
    bool with_store = true;
    std::optional<std::int64_t> record_limit;  ///< What the topic takes; none: not known.
    std::optional<std::int64_t> dead_letter_limit;
    std::size_t frames_counted = 0;

  private:
    std::optional<Sink> sink_;
};

}  // namespace framebridge::sink::testing
