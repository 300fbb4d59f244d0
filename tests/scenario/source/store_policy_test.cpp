#include "scenario/source/source_scenario.h"

namespace framebridge::source::testing {

class StorePolicyScenario : public SourceScenario {
  protected:
    StorePolicyScenario() {
        store_contents = {{"k", "bytes"}};
        consumer.push(0, 0, message("elsewhere:6379:0", 0));
        consumer.push(0, 1, message("store:6379:0", 1));
    }
    static std::string message(const std::string& store, std::int64_t pts, const std::string& key = "k") {
        return frame_message("a", pts, protocol::ContentReference{store, key, {}, {}});
    }
    static constexpr auto done = [](auto& consumer) { return consumer.stored[0] == 2; };
};

TEST_F(StorePolicyScenario, AStoreThatIsNotAllowedIsNotConnectedTo) {
    config.stores.allowed.push_back({{"store", 6379, 0}, ""});
    const auto report = run_until([&] { return done(consumer); });
    EXPECT_THAT(opened, ::testing::ElementsAre("store:6379:0 with login"));
    EXPECT_EQ(report.dropped, 1U);
    EXPECT_EQ(report.sent, 1U);
    EXPECT_EQ(metrics.stores_refused.Value(), 1);
}

TEST_F(StorePolicyScenario, AnAliasIsConnectedToInsteadAndAllowed) {
    config.stores.aliases = {{{"elsewhere", 6379, 0}, {"here", 7000, 2}}};
    const auto report = run_until([&] { return done(consumer); });
    EXPECT_THAT(opened, ::testing::ElementsAre("here:7000:2 with login"));
    EXPECT_EQ(report.sent, 1U) << "only the aliased store is on the list";
}

TEST_F(StorePolicyScenario, AllowedStoresAndAliasesAddUp) {
    config.stores.aliases = {{{"elsewhere", 6379, 0}, {"here", 7000, 2}}};
    config.stores.allowed.push_back({{"store", 6379, 0}, ""});
    const auto report = run_until([&] { return done(consumer); });
    EXPECT_THAT(opened, ::testing::ElementsAre("here:7000:2 with login", "store:6379:0 with login"));
    EXPECT_EQ(report.sent, 2U);
}

TEST_F(StorePolicyScenario, OfAnAllowedStoreOnlyTheAllowedKeys) {
    config.stores.allowed.push_back({{"store", 6379, 0}, "frames"});
    config.dead_letter_topic = "dead";
    consumer.queue.clear();
    store_contents = {{"frames:1", "bytes"}};
    consumer.push(0, 0, message("store:6379:0", 0, "secrets"));
    consumer.push(0, 1, message("store:6379:0", 1, "frames:1"));
    const auto report = run_until([&] { return done(consumer); });
    EXPECT_EQ(report.sent, 1U);
    ASSERT_EQ(dead_letters.delivered.size(), 1U);
    EXPECT_THAT(dead_letters.delivered.front().headers.at("framebridge-reason"),
                ::testing::HasSubstr("key prefixes"));
}

TEST_F(StorePolicyScenario, WithNothingConfiguredAnyLocationIsFollowedWithoutLogin) {
    const auto report = run_until([&] { return done(consumer); });
    EXPECT_THAT(opened, ::testing::ElementsAre("elsewhere:6379:0", "store:6379:0"));
    EXPECT_EQ(report.sent, 2U);
}

TEST_F(StorePolicyScenario, WithAPasswordNoStoreIsFollowedThatIsNotNamed) {
    config.redis.password = "secret";
    const auto report = run_until([&] { return done(consumer); });
    EXPECT_TRUE(opened.empty());
    EXPECT_EQ(report.dropped, 2U);
}

TEST_F(StorePolicyScenario, OneStoreInManySpellingsIsOpenedOnce) {
    consumer.queue.clear();
    const std::vector<std::string> spellings{"STORE:6379:0", "store.:6379:0", "Store:06379:00"};
    for (std::size_t offset = 0; offset < spellings.size(); ++offset) {
        consumer.push(0, static_cast<std::int64_t>(offset),
                      message(spellings[offset], static_cast<std::int64_t>(offset)));
    }
    const auto report = run_until([&] { return consumer.stored[0] == 3; });
    EXPECT_THAT(opened, ::testing::ElementsAre("store:6379:0"));
    EXPECT_EQ(report.sent, 3U);
}

TEST_F(StorePolicyScenario, NoMoreStrangersAreOpenThanAllowed) {
    consumer.queue.clear();
    constexpr std::size_t count = 3 * FrameStores::max_open_strangers;
    struct Counted : FakeStore {
        explicit Counted(std::shared_ptr<int> all) : all_(std::move(all)) {}
        std::shared_ptr<int> all_;
    };
    const auto all = std::make_shared<int>();
    long max_open = 0;
    open_store = [&] {
        auto store = std::make_unique<Counted>(all);
        max_open = std::max(max_open, all.use_count() - 1);
        return store;
    };
    for (std::size_t offset = 0; offset < count; ++offset) {
        consumer.push(0, static_cast<std::int64_t>(offset),
                      message("s" + std::to_string(offset) + ":6379:0", static_cast<std::int64_t>(offset)));
    }
    const auto report = run_until([&] { return consumer.stored[0] == std::int64_t{count}; });
    EXPECT_EQ(report.sent, count);
    EXPECT_EQ(max_open, static_cast<long>(FrameStores::max_open_strangers));
}

}  // namespace framebridge::source::testing
