#include "scenario/source/source_scenario.h"

namespace framebridge::source::testing {

class StorePolicyScenario : public SourceScenario {
  protected:
    StorePolicyScenario() {
        store_contents = {{"k", "bytes"}};
        consumer.push(0, 0,
                      frame_message("a", 0, protocol::ContentReference{"elsewhere:6379:0", "k", {}, {}}));
        consumer.push(0, 1, frame_message("a", 1, protocol::ContentReference{"store:6379:0", "k", {}, {}}));
    }
};

TEST_F(StorePolicyScenario, AStoreThatIsNotAllowedIsNotConnectedTo) {
    config.stores.allowed = {protocol::StoreAddress{"store", 6379, 0}};
    const auto report = run([&] { return consumer.stored[0] == 2; });
    EXPECT_THAT(opened, ::testing::ElementsAre("store:6379:0"));
    EXPECT_EQ(report.skipped, 1U);
    EXPECT_EQ(report.sent, 1U);
}

TEST_F(StorePolicyScenario, AnAliasIsConnectedToInsteadAndAllowed) {
    config.stores.aliases = {
        {protocol::StoreAddress{"elsewhere", 6379, 0}, protocol::StoreAddress{"here", 7000, 2}}};
    const auto report = run([&] { return consumer.stored[0] == 2; });
    EXPECT_THAT(opened, ::testing::ElementsAre("here:7000:2"));
    EXPECT_EQ(report.sent, 1U) << "only the aliased store is on the list";
}

TEST_F(StorePolicyScenario, WithNothingConfiguredAnyLocationIsFollowed) {
    const auto report = run([&] { return consumer.stored[0] == 2; });
    EXPECT_THAT(opened, ::testing::ElementsAre("elsewhere:6379:0", "store:6379:0"));
    EXPECT_EQ(report.sent, 2U);
}

TEST_F(StorePolicyScenario, AStoreThatWasNeverReachedIsGivenUpIfItIsNotConfigured) {
    config.stores.unreachable_limit = std::chrono::milliseconds(100);
    automatic_store = false;
    store_is_reachable = false;
    const auto report = run([&] { return consumer.stored[0] == 2; });
    EXPECT_EQ(report.skipped, 2U);
}

}  // namespace framebridge::source::testing
