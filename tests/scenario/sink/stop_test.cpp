#include <chrono>

#include "scenario/sink/sink_scenario.h"

namespace framebridge::sink::testing {

class Stop : public SinkScenario {
  protected:
    void push_frames(int count) {
        for (int pts = 0; pts < count; ++pts) {
            receiver.push("cam", frame_message("cam", pts), {"x"});
        }
    }
};

TEST_F(Stop, FinishesWhatIsInFlight) {
    store.automatic = false;
    producer.automatic = false;
    push_frames(10);
    script.at_rest([&] {
        EXPECT_EQ(store.puts.size(), 10U);
        stop.request();
    });
    script.when([&] { return receiver.stopped; },
                [&] {
                    store.automatic = true;
                    producer.automatic = true;
                });

    const auto report = run();

    EXPECT_EQ(report.delivered, 10U);
    EXPECT_EQ(report.not_delivered, 0U);
    EXPECT_EQ(receiver.acknowledged.size(), 10U);
}

TEST_F(Stop, TakesWhatPeersHadSentAlready) {
    config.queue_size = 2;
    push_frames(10);
    stop.request();

    const auto report = run();

    EXPECT_EQ(report.delivered, 10U);
}

TEST_F(Stop, WaitsForDeadLettersInFlight) {
    config.dead_letter_topic = "dead";
    producer.automatic = false;
    receiver.push("bad", "this is not a message");
    script.at_rest([&] { stop.request(); });
    script.at_rest([&] {
        EXPECT_TRUE(receiver.stopped);
        EXPECT_TRUE(receiver.acknowledged.empty());
        producer.report(0);
    });

    const auto report = run();

    EXPECT_EQ(report.dead_letters, 1U);
    EXPECT_EQ(report.not_delivered, 0U);
    EXPECT_EQ(receiver.acknowledged.size(), 1U);
}

TEST_F(Stop, EndsInTimeWithTheStoreAwayAndSaysWhatWasNotDelivered) {
    config.shutdown_timeout = std::chrono::milliseconds(300);
    store.automatic = false;
    store.its_problem = "the store is away";
    push_frames(3);
    script.at_rest([&] { stop.request(); });
    const auto begin = std::chrono::steady_clock::now();

    const auto report = run();

    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
    EXPECT_EQ(report.delivered, 0U);
    EXPECT_EQ(report.not_delivered, 3U);
    EXPECT_EQ(report.why, "the store is away");
    EXPECT_TRUE(receiver.acknowledged.empty());
}

}  // namespace framebridge::sink::testing
