#include "scenario/sink/sink_scenario.h"

namespace framebridge::sink::testing {

/// The golden Shutdown message carries auth `secret`.
class ShutdownMessage : public SinkScenario {
  protected:
    ShutdownMessage() { receiver.push("cam", message); }
    std::string message = golden_message("savant_rs-0.3.0/shutdown.bin");
};

TEST_F(ShutdownMessage, IsIgnoredByDefaultAsBySavantsAdapters) {
    const auto report = run();
    EXPECT_EQ(report.ignored, 1U);
    EXPECT_TRUE(producer.delivered.empty());
}

TEST_F(ShutdownMessage, IsForwardedIfTold) {
    config.on_shutdown = OnShutdown::forward;
    run();
    ASSERT_EQ(producer.delivered.size(), 1U);
    EXPECT_EQ(producer.delivered[0].value, message);
}

TEST_F(ShutdownMessage, StopsTheSinkIfToldAndAuthorized) {
    config.on_shutdown = OnShutdown::stop;
    config.shutdown_auth = "secret";
    script.when([] { return false; });  // The scenario itself never stops the sink.
    const auto report = run();
    EXPECT_EQ(report.ignored, 1U);
    EXPECT_TRUE(producer.delivered.empty());
    EXPECT_FALSE(stop.requested());
}

TEST_F(ShutdownMessage, WithAnotherAuthDoesNothing) {
    config.on_shutdown = OnShutdown::stop;
    config.shutdown_auth = "another";
    receiver.push("cam", end_of_stream_message("cam"));
    const auto report = run();
    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(report.ignored, 1U);
}

}  // namespace framebridge::sink::testing
