#include "scenario/source/source_scenario.h"

// Kafka takes partition 0 away while messages of partitions 0 and 1 are in flight
namespace framebridge::source::testing {

class Rebalance : public SourceScenario {
  protected:
    /// Calls `act` once from within consume(), as librdkafka does, after `when` holds.
    void in_consume(std::function<bool()> when, std::function<void(kafka::RebalanceListener&)> act) {
        consumer.each_turn = [when = std::move(when), act = std::move(act),
                              acted = false](auto& listener) mutable {
            if (acted || !when()) {
                return;
            }
            acted = true;
            act(listener);
        };
    }
};

TEST_F(Rebalance, ARevokedPartitionIsSentOutAndCommittedFirst) {
    before_open = [](FakeStore& store, const std::string&) { store.automatic = false; };
    for (int offset = 0; offset < 3; ++offset) {
        consume_stored(0, offset, "a");
    }
    consume_stored(1, 0, "b");
    std::size_t sent_when_revoked = 0;
    std::int64_t stored_when_revoked = -1;
    in_consume([&] { return !stores.empty() && stores["store:6379:0"]->gets.size() == 4; },
               [&](kafka::RebalanceListener& listener) {
                   stores["store:6379:0"]->automatic = true;
                   listener.on_revoked({0});
                   sent_when_revoked = sender.sent.size();
                   stored_when_revoked = consumer.stored[0];
               });

    run_until([&] { return sender.sent.size() == 4; });

    EXPECT_GE(sent_when_revoked, 3U);
    EXPECT_EQ(stored_when_revoked, 3);
    EXPECT_EQ(consumer.stored[1], 1);
}

TEST_F(Rebalance, WhatIsNotSentWithinTheBoundIsNeverSent) {
    config.revoke_timeout = std::chrono::milliseconds(100);
    sender.room = 2;
    for (int offset = 0; offset < 4; ++offset) {
        consume_stored(0, offset, "a");
    }
    in_consume([&] { return sender.sent.size() == 2; },
               [&](kafka::RebalanceListener& listener) {
                   listener.on_revoked({0});
                   sender.room = 100;
                   consumer.push(1, 0, frame_message("b", 0, protocol::InlineContent{"bytes of b0"}));
               });

    run_until([&] { return consumer.stored.contains(1); });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes of a0", "bytes of a1", "bytes of b0"));
    EXPECT_EQ(consumer.stored[0], 2);
}

TEST_F(Rebalance, WhatTheSocketStillHoldsIsLeftToTheNextOwner) {
    sender.safe = 1;
    sender.flushes = false;
    for (int offset = 0; offset < 3; ++offset) {
        consume_stored(0, offset, "a");
    }
    bool revoked = false;
    in_consume([&] { return sender.sent.size() == 3; },
               [&](kafka::RebalanceListener& listener) {
                   listener.on_revoked({0});
                   sender.safe = 3;
                   revoked = true;
               });

    run_until([&] { return revoked; });

    EXPECT_EQ(consumer.stored[0], 1);
}

TEST_F(Rebalance, ALostPartitionIsForgottenAndNeitherSentNorCommitted) {
    before_open = [](FakeStore& store, const std::string&) { store.automatic = false; };
    for (int offset = 0; offset < 3; ++offset) {
        consume_stored(0, offset, "a");
    }
    consume_stored(1, 0, "b");
    in_consume([&] { return !stores.empty() && stores["store:6379:0"]->gets.size() == 4; },
               [&](kafka::RebalanceListener& listener) {
                   stores["store:6379:0"]->automatic = true;
                   listener.on_lost({0});
                   EXPECT_TRUE(sender.sent.empty());
               });

    run_until([&] { return consumer.stored.contains(1); });

    EXPECT_FALSE(consumer.stored.contains(0));
    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes of b0"));
}

TEST_F(Rebalance, APartitionThatComesBackGoesOnWhereItWasCommitted) {
    for (int offset = 0; offset < 3; ++offset) {
        consume_stored(0, offset, "a");
    }
    in_consume([&] { return sender.sent.size() == 3; },
               [&](kafka::RebalanceListener& listener) {
                   listener.on_revoked({0});
                   listener.on_assigned({0});
                   for (int offset = 3; offset < 5; ++offset) {
                       consume_stored(0, offset, "a");
                   }
                   stores["store:6379:0"]->contents = store_contents;
               });

    run_until([&] { return sender.sent.size() == 5; });

    EXPECT_EQ(consumer.stored[0], 5);
}

}  // namespace framebridge::source::testing
