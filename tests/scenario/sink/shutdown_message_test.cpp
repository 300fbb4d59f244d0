#include <fstream>

#include "scenario/sink/sink_scenario.h"

namespace framebridge::sink::testing {

/// The golden Shutdown message carries auth `secret`.
class ShutdownMessage : public SinkScenario {
  protected:
    ShutdownMessage() {
        std::ifstream file(FRAMEBRIDGE_GOLDEN_DIR "/savant_rs-0.3.0/shutdown.bin", std::ios::binary);
        message.assign(std::istreambuf_iterator<char>(file), {});
        receiver.push("cam", message);
    }
    std::string message;
};

TEST_F(ShutdownMessage, IsIgnoredByDefaultAsBySavantsAdapters) {
    const auto report = run([&] { return receiver.acknowledged.size() == 1; });
    EXPECT_EQ(report.ignored, 1U);
    EXPECT_TRUE(producer.delivered.empty());
}

TEST_F(ShutdownMessage, IsForwardedIfTold) {
    config.on_shutdown = OnShutdown::forward;
    run([&] { return receiver.acknowledged.size() == 1; });
    ASSERT_EQ(producer.delivered.size(), 1U);
    EXPECT_EQ(producer.delivered[0].value, message);
}

TEST_F(ShutdownMessage, StopsTheSinkIfToldAndAuthorized) {
    config.on_shutdown = OnShutdown::stop;
    config.shutdown_auth = "secret";
    const auto report = run([] { return false; });
    EXPECT_EQ(report.ignored, 1U);
    EXPECT_TRUE(producer.delivered.empty());
}

TEST_F(ShutdownMessage, WithAnotherAuthDoesNothing) {
    config.on_shutdown = OnShutdown::stop;
    config.shutdown_auth = "another";
    receiver.push("cam", end_of_stream_message("cam"));
    const auto report = run([&] { return producer.delivered.size() == 1; });
    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(report.ignored, 1U);
}

}  // namespace framebridge::sink::testing
