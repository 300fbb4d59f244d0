#include "scenario/sink/sink_scenario.h"

// writer -> [frame] -> sink -> store
//                       \-> Kafka, which answers when the frame's TTL is nearly over
namespace framebridge::sink::testing {

using namespace std::chrono_literals;

class KafkaAway : public SinkScenario {
  protected:
    KafkaAway() {
        config.ttl = 300ms;
        store.automatic = false;
        producer.automatic = false;
        receiver.push("cam", frame_message("cam", 1), {"bytes"});
        script.at_rest([this] {
            store.confirm(0);
            stored_at_ = std::chrono::steady_clock::now();
        });
    }
    void kafka_answers_after(std::chrono::milliseconds time) {
        script.when([this, time] { return std::chrono::steady_clock::now() - stored_at_ > time; },
                    [this] { producer.report(0); });
    }
    void store_answers_the_renewal() {
        script.at_rest([this] {
            EXPECT_TRUE(receiver.acknowledged.empty());
            ASSERT_EQ(store.puts.size(), 1U);
            EXPECT_EQ(store.puts[0].mode, store::PutMode::renew);
            EXPECT_EQ(store.puts[0].bytes, "bytes");
            EXPECT_EQ(store.puts[0].ttl, 300ms);
            store.confirm(0);
            store.automatic = true;  // On a slow machine the next renewal may be due at once.
        });
    }

  private:
    std::chrono::steady_clock::time_point stored_at_;
};

TEST_F(KafkaAway, AFrameStoredLongAgoIsRenewedBeforeTheAcknowledgement) {
    kafka_answers_after(110ms);
    store_answers_the_renewal();

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_GE(metrics.frames_renewed.Value(), 1);
    EXPECT_EQ(metrics.frames_stored.Value(), 1);
    EXPECT_EQ(receiver.acknowledged.size(), 1U);
}

TEST_F(KafkaAway, AFrameThatTheStoreLostMeanwhileIsStoredAgain) {
    script.at_rest([&] { store.contents.clear(); });
    kafka_answers_after(110ms);
    store_answers_the_renewal();

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(metrics.frames_stored_again.Value(), 1);
    EXPECT_EQ(store.contents.size(), 1U);
    EXPECT_EQ(receiver.acknowledged.size(), 1U);
}

TEST_F(KafkaAway, AFrameStoredAShortWhileAgoIsLeftAlone) {
    config.ttl = 1h;
    kafka_answers_after(20ms);

    run();

    EXPECT_EQ(store.put_count, 1U);
    EXPECT_EQ(receiver.acknowledged.size(), 1U);
}

TEST_F(KafkaAway, AFrameThatNeverExpiresIsLeftAlone) {
    config.ttl = 0ms;
    kafka_answers_after(20ms);

    run();

    EXPECT_EQ(store.put_count, 1U);
    EXPECT_EQ(receiver.acknowledged.size(), 1U);
}

TEST_F(KafkaAway, BytesKeptUntilKafkaAnswersCountAsInFlight) {
    config.ttl = 1h;
    config.max_in_flight_bytes = 1'000;
    store.automatic = true;
    receiver.queue.clear();
    script = {};
    for (int pts = 0; pts < 3; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {std::string(5'000, 'x')});
    }
    std::vector<std::size_t> waiting;
    for (int answer = 0; answer < 3; ++answer) {
        script.at_rest([&] {
            waiting.push_back(producer.unconfirmed.size());
            EXPECT_GT(metrics.in_flight_bytes.Value(), 5'000);
            producer.report(0);
        });
    }

    run();

    EXPECT_THAT(waiting, ::testing::ElementsAre(1, 1, 1));
}

}  // namespace framebridge::sink::testing
