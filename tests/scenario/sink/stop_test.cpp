#include <chrono>

#include "scenario/sink/sink_scenario.h"

namespace framebridge::sink::testing {

class Stop : public SinkScenario {};

TEST_F(Stop, FinishesWhatIsInWork) {
    store.automatic = false;
    producer.automatic = false;
    for (int pts = 0; pts < 10; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {"x"});
    }
    each_turn = [&] {
        if (!receiver.stopped) {
            return;
        }
        store.automatic = true;
        producer.automatic = true;
    };

    const auto report = run([&] { return store.puts.size() == 10; });

    EXPECT_EQ(report.delivered, 10U);
    EXPECT_EQ(report.not_delivered, 0U);
    EXPECT_EQ(receiver.acknowledged.size(), 10U);
}

TEST_F(Stop, TakesWhatPeersHadSentAlready) {
    config.queue_size = 2;
    for (int pts = 0; pts < 10; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {"x"});
    }

    const auto report = run([] { return true; });

    EXPECT_EQ(report.delivered, 10U);
}

TEST_F(Stop, EndsInTimeWithTheStoreAwayAndSaysWhatWasNotDelivered) {
    config.shutdown_timeout = std::chrono::milliseconds(300);
    store.automatic = false;
    for (int pts = 0; pts < 3; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {"x"});
    }
    const auto begin = std::chrono::steady_clock::now();

    const auto report = run([&] { return store.puts.size() == 3; });

    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
    EXPECT_EQ(report.delivered, 0U);
    EXPECT_EQ(report.not_delivered, 3U);
    EXPECT_TRUE(receiver.acknowledged.empty());
}

}  // namespace framebridge::sink::testing
