#include "scenario/source/source_scenario.h"

// Partition 0 refers to a store that does not answer, partition 1 to a good one -> source -> partition 1's
// messages do not wait for partition 0's
namespace framebridge::source::testing {

using namespace std::chrono_literals;

class BadPartition : public SourceScenario {
  protected:
    static constexpr int good_messages = 200;

    BadPartition() {
        config.queue_size = 40;
        before_open = [this](FakeStore& store, const std::string& name) {
            if (name == "bad:6379:0") {
                make_bad(store);
            }
        };
        for (int offset = 0; offset < good_messages; ++offset) {
            consume_stored(0, offset, "bad", false, true, "bad:6379:0");
            consume_stored(1, offset, "good");
        }
    }
    bool good_is_done() { return consumer.stored[1] == good_messages; }
    FakeStore& bad_store() { return *stores["bad:6379:0"]; }

    std::function<void(FakeStore&)> make_bad = [](FakeStore& store) {
        store.its_problem = "the store bad:6379:0 cannot be reached";
    };
};

TEST_F(BadPartition, WaitsAloneForANamedStoreAndTakesItsShareOnly) {
    config.stores.allowed.push_back({{"bad", 6379, 0}, ""});
    config.stores.allowed.push_back({{"store", 6379, 0}, ""});
    config.stores.unreachable_limit = 0ms;
    script.when([&] { return good_is_done(); });
    script.when([&] { return health.problems().find("cannot be reached") != std::string::npos; });
    script.at_rest([&] {
        EXPECT_FALSE(consumer.stored.contains(0));
        EXPECT_EQ(metrics.in_flight_messages.Value(), 10) << "a fourth of 40";
        bad_store().contents = {};
        bad_store().its_problem.clear();
    });

    const auto report = run_until([&] { return consumer.stored[0] == good_messages; });

    EXPECT_EQ(report.skipped, static_cast<std::uint64_t>(good_messages));
}

TEST_F(BadPartition, WaitsForAStoreThatHasGivenFramesBefore) {
    config.stores.unreachable_limit = 0ms;
    consumer.queue.clear();
    consume_stored(0, 0, "a");
    script.when([&] { return consumer.stored[0] == 1; },
                [&] {
                    stores["store:6379:0"]->automatic = false;
                    stores["store:6379:0"]->contents = {{"frames:a1", "later"}};
                    consume_stored(0, 1, "a");
                });
    script.at_rest([&] { stores["store:6379:0"]->automatic = true; });

    run_until([&] { return consumer.stored[0] == 2; });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes of a0", "later"));
}

TEST_F(BadPartition, SkipsAStrangerThatCannotBeReachedWithinTheLimit) {
    config.stores.unreachable_limit = 100ms;
    const auto report = run_until([&] { return good_is_done() && consumer.stored[0] == good_messages; });
    EXPECT_EQ(report.skipped, static_cast<std::uint64_t>(good_messages));
    EXPECT_EQ(metrics.stores_unreachable.Value(), good_messages);
}

TEST_F(BadPartition, SkipsAStrangerThatIsConnectedAndNeverAnswers) {
    config.stores.unreachable_limit = 100ms;
    make_bad = [](FakeStore& store) { store.automatic = false; };
    const auto report = run_until([&] { return good_is_done() && consumer.stored[0] == good_messages; });
    EXPECT_EQ(report.skipped, static_cast<std::uint64_t>(good_messages));
}

// Each of them alone would be waited for.
TEST_F(BadPartition, WaitsForAllStrangersTogetherNoLongerThanTheLimit) {
    config.stores.unreachable_limit = 400ms;
    consumer.queue.clear();
    before_open = [](FakeStore& store, const std::string&) { store.automatic = false; };
    for (int offset = 0; offset < 50; ++offset) {
        consume_stored(0, offset, "bad", false, true, "bad" + std::to_string(offset) + ":6379:0");
    }
    const auto start = std::chrono::steady_clock::now();

    run_until([&] { return consumer.stored[0] == 50; });

    EXPECT_GE(std::chrono::steady_clock::now() - start, 400ms);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 800ms);
}

TEST_F(BadPartition, DoesNotOpenAGivenUpStoreAtOnceAgain) {
    config.stores.unreachable_limit = 150ms;
    run_until([&] { return consumer.stored[0] == good_messages; });
    EXPECT_EQ(std::count(opened.begin(), opened.end(), "bad:6379:0"), 1);
}

TEST_F(BadPartition, DoesNotGiveUpAStoreForWantOfDescriptors) {
    config.stores.unreachable_limit = 100ms;
    consumer.queue.clear();
    struct Poor : FakeStore {
        [[nodiscard]] bool lacks_resources() const override { return !problem().empty(); }
    };
    open_store = [] { return std::make_unique<Poor>(); };
    before_open = [](FakeStore& store, const std::string&) { store.its_problem = "no descriptors are left"; };
    consume_stored(0, 0, "a");
    const auto start = std::chrono::steady_clock::now();
    script.when(
        [&] { return std::chrono::steady_clock::now() - start > 3 * config.stores.unreachable_limit; },
        [&] { stores["store:6379:0"]->its_problem.clear(); });

    run_until([&] { return consumer.stored[0] == 1; });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes of a0"));
}

class Memory : public SourceScenario {
  protected:
    Memory() { consumer.assigned = {0}; }
    void consume_native(std::int64_t offset, std::size_t declared, std::size_t actual) {
        const auto key = "k" + std::to_string(offset);
        store_contents[key] = std::string(actual, 'x');
        consumer.push(
            0, offset,
            frame_message("a", offset, protocol::ContentReference{"store:6379:0", key, declared, {}}, true,
                          protocol::Format::native));
    }
};

TEST_F(Memory, FramesAskedForCountAgainstTheLimit) {
    config.max_in_flight_bytes = 10'000;
    before_open = [](FakeStore& store, const std::string&) { store.automatic = false; };
    for (int offset = 0; offset < 5; ++offset) {
        consume_native(offset, 4'000, 4'000);
    }
    script.at_rest([&] {
        EXPECT_EQ(stores["store:6379:0"]->gets.size(), 2U);
        EXPECT_GE(metrics.in_flight_bytes.Value(), 8'000);
        EXPECT_LE(metrics.in_flight_bytes.Value(), 10'000);
        stores["store:6379:0"]->automatic = true;
    });

    run_until([&] { return consumer.stored[0] == 5; });

    EXPECT_EQ(sender.sent.size(), 5U);
}

TEST_F(Memory, OneMessageThatIsLargerThanTheLimitPassesAlone) {
    config.max_in_flight_bytes = 10'000;
    before_open = [](FakeStore& store, const std::string&) { store.automatic = false; };
    for (int offset = 0; offset < 3; ++offset) {
        consume_native(offset, 30'000, 30'000);
    }
    script.at_rest([&] {
        EXPECT_EQ(stores["store:6379:0"]->gets.size(), 1U);
        stores["store:6379:0"]->automatic = true;
    });

    run_until([&] { return consumer.stored[0] == 3; });

    EXPECT_EQ(sender.sent.size(), 3U);
}

TEST_F(Memory, AMessageThatSaysItIsTooLargeIsNotFetched) {
    config.max_message_bytes = 20'000;
    config.dead_letter_topic = "dead";
    consume_native(0, 30'000, 30'000);
    consume_native(1, 10'000, 10'000);

    run_until([&] { return consumer.stored[0] == 2; });

    ASSERT_EQ(dead_letters.delivered.size(), 1U);
    EXPECT_THAT(dead_letters.delivered.front().headers.at("framebridge-reason"),
                ::testing::HasSubstr("--max-message-bytes"));
    EXPECT_EQ(sender.sent.size(), 1U);
}

}  // namespace framebridge::source::testing
