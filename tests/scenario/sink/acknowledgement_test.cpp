#include "scenario/sink/sink_scenario.h"

// writer -> [frame, frame, end of stream] -> sink -> Kafka reports the second, then the first, then the third
namespace framebridge::sink::testing {

class Acknowledgement : public SinkScenario {};

TEST_F(Acknowledgement, FollowsTheDeliveryReportsOfAllItStandsFor) {
    producer.automatic = false;
    receiver.push("a", frame_message("a", 1), {"x"});
    receiver.push("b", frame_message("b", 2), {"y"});
    receiver.push("a", end_of_stream_message("a"));
    std::vector<std::size_t> acknowledged;
    each_turn = [&, step = 0]() mutable {
        if (step == 0 && producer.unconfirmed.size() < 3) {
            return;
        }
        static constexpr std::size_t reports[] = {1, 0, 0};
        if (step < 6 && step % 2 == 0) {
            acknowledged.push_back(receiver.acknowledged.size());
            producer.report(reports[step / 2]);
        }
        ++step;
    };

    run([&] { return receiver.acknowledged.size() == 3; });

    EXPECT_THAT(acknowledged, ::testing::ElementsAre(0, 0, 2));
    EXPECT_EQ(receiver.acknowledged[2], (std::pair<std::string, bool>{"a", true}));
    EXPECT_FALSE(receiver.acknowledged[0].second);
}

TEST_F(Acknowledgement, NothingIsReceivedWhileTheStoreOwesTooMuch) {
    config.queue_size = 5;
    store.automatic = false;
    for (int pts = 0; pts < 20; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {"x"});
    }
    std::size_t most_waiting = 0;
    each_turn = [&, turns = 0]() mutable {
        most_waiting = std::max(most_waiting, store.puts.size());
        if (++turns % 10 == 0 && !store.puts.empty()) {
            store.confirm(0);
        }
    };

    run([&] { return receiver.acknowledged.size() == 20; });

    EXPECT_EQ(most_waiting, 5U);
}

TEST_F(Acknowledgement, NothingIsReceivedWhileKafkaOwesTooMuch) {
    config.kafka_in_flight = 4;
    producer.automatic = false;
    for (int pts = 0; pts < 20; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {"x"});
    }
    std::size_t most_waiting = 0;
    each_turn = [&, turns = 0]() mutable {
        most_waiting = std::max(most_waiting, producer.unconfirmed.size());
        if (++turns % 10 == 0 && !producer.unconfirmed.empty()) {
            producer.report(0);
        }
    };

    run([&] { return receiver.acknowledged.size() == 20; });

    EXPECT_EQ(most_waiting, 4U);
}

TEST_F(Acknowledgement, BytesInFlightAreBoundedButOneMessageIsAlwaysLetIn) {
    with_store = false;
    config.max_in_flight_bytes = 1000;
    producer.automatic = false;
    for (int pts = 0; pts < 6; ++pts) {
        receiver.push("cam", frame_message("cam", pts), {std::string(5000, 'x')});
    }
    std::size_t most_waiting = 0;
    each_turn = [&, turns = 0]() mutable {
        most_waiting = std::max(most_waiting, producer.unconfirmed.size());
        if (++turns % 10 == 0 && !producer.unconfirmed.empty()) {
            producer.report(0);
        }
    };

    run([&] { return receiver.acknowledged.size() == 6; });

    EXPECT_EQ(most_waiting, 1U);
}

}  // namespace framebridge::sink::testing
