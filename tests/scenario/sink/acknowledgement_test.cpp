#include "scenario/sink/sink_scenario.h"

// writer -> [frame, frame, end of stream] -> sink -> Kafka reports the second, then the first, then the third
namespace framebridge::sink::testing {

class Acknowledgement : public SinkScenario {
  protected:
    void push_frames(int count, const std::string& bytes = "x") {
        for (int pts = 0; pts < count; ++pts) {
            receiver.push("cam", frame_message("cam", pts), {bytes});
        }
    }
};

TEST_F(Acknowledgement, FollowsTheDeliveryReportsOfAllItStandsFor) {
    producer.automatic = false;
    receiver.push("a", frame_message("a", 1), {"x"});
    receiver.push("b", frame_message("b", 2), {"y"});
    receiver.push("a", end_of_stream_message("a"));
    std::vector<std::size_t> acknowledged;
    for (const std::size_t report : {1, 0, 0}) {
        script.at_rest([this, &acknowledged, report] {
            acknowledged.push_back(receiver.acknowledged.size());
            producer.report(report);
        });
    }

    run();

    EXPECT_THAT(acknowledged, ::testing::ElementsAre(0, 0, 2));
    ASSERT_EQ(receiver.acknowledged.size(), 3U);
    EXPECT_EQ(receiver.acknowledged[2], (FakeReceiver::Acknowledged{"a", true}));
    EXPECT_FALSE(receiver.acknowledged[0].end_of_stream);
}

// Only an end of stream is one: a DEALER waits for no answer to anything else.
TEST_F(Acknowledgement, UserDataAndFramesAreNoEndOfStream) {
    receiver.push("a", user_data_message("a"));
    receiver.push("a", frame_message("a", 1), {"x"});
    receiver.push("a", end_of_stream_message("a", protocol::Format::native));

    run();

    EXPECT_THAT(receiver.acknowledged, ::testing::ElementsAre(FakeReceiver::Acknowledged{"a", false},
                                                              FakeReceiver::Acknowledged{"a", false},
                                                              FakeReceiver::Acknowledged{"a", true}));
}

TEST_F(Acknowledgement, NothingIsReceivedWhileTheStoreOwesTooMuch) {
    config.queue_size = 5;
    store.automatic = false;
    push_frames(7);
    std::vector<std::size_t> waiting;
    for (int answer = 0; answer < 7; ++answer) {
        script.at_rest([&] {
            waiting.push_back(store.puts.size());
            store.confirm(0);
        });
    }

    run();

    EXPECT_THAT(waiting, ::testing::ElementsAre(5, 5, 5, 4, 3, 2, 1));
    EXPECT_EQ(receiver.acknowledged.size(), 7U);
}

TEST_F(Acknowledgement, NothingIsReceivedWhileKafkaOwesTooMuch) {
    config.kafka_in_flight = 4;
    producer.automatic = false;
    push_frames(6);
    std::vector<std::size_t> waiting;
    for (int answer = 0; answer < 6; ++answer) {
        script.at_rest([&] {
            waiting.push_back(producer.unconfirmed.size());
            producer.report(0);
        });
    }

    run();

    EXPECT_THAT(waiting, ::testing::ElementsAre(4, 4, 4, 3, 2, 1));
    EXPECT_EQ(receiver.acknowledged.size(), 6U);
}

TEST_F(Acknowledgement, BytesInFlightAreBoundedButOneMessageIsAlwaysLetIn) {
    with_store = false;
    config.max_in_flight_bytes = 1000;
    producer.automatic = false;
    push_frames(3, std::string(5000, 'x'));
    std::vector<std::size_t> waiting;
    for (int answer = 0; answer < 3; ++answer) {
        script.at_rest([&] {
            waiting.push_back(producer.unconfirmed.size());
            producer.report(0);
        });
    }

    run();

    EXPECT_THAT(waiting, ::testing::ElementsAre(1, 1, 1));
    EXPECT_EQ(receiver.acknowledged.size(), 3U);
}

}  // namespace framebridge::sink::testing
