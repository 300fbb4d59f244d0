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

    /// Runs the sink until `done` holds (looked at once a turn) or far too much time has passed.
    SinkReport run(const std::function<bool()>& done) {
        runtime::StopSignal stop;
        producer.each_turn = [&, end = ScenarioEnd()]() mutable {
            if (each_turn) {
                each_turn();
            }
            if (!stop.requested() && end.reached(done())) {
                stop.request();
            }
        };
        SinkMetrics sink_metrics(metrics);
        Sink sink(config, receiver, with_store ? &store : nullptr, ttl_ms, sink_metrics,
                  [this] { ++frames_counted; });
        return sink.run(producer, stop);
    }

    protocol::Envelope envelope_of(const std::string& message) {
        protocol::Envelope envelope;
        EXPECT_FALSE(decode(protocol::FormatChoice::automatic, message, envelope).has_value());
        return envelope;
    }

    SinkConfig config;
    FakeReceiver receiver;
    FakeStore store;
    FakeProducer producer;
    runtime::Metrics metrics;
    std::atomic<std::chrono::milliseconds::rep> ttl_ms = 60'000;
    bool with_store = true;
    std::function<void()> each_turn;
    std::size_t frames_counted = 0;
};

}  // namespace framebridge::sink::testing
