#include "kafka_redis_source/config.h"

#include <gmock/gmock.h>

#include "support/options_run.h"

namespace framebridge::source {
namespace {

using protocol::StoreAddress;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class SourceConfigTest : public testing::Test {
  protected:
    OptionsRun parse(std::vector<std::string> arguments,
                     const std::vector<std::pair<std::string, std::string>>& variables = {}) {
        for (const auto* argument : {"--zmq-endpoint=ipc:///tmp/out.ipc", "--kafka-brokers=b:9092",
                                     "--kafka-topic=frames", "--kafka-group-id=g"}) {
            arguments.insert(arguments.begin(), argument);
        }
        return run_options(
            [this](int argc, const char* const* argv) { return parse_source_config(argc, argv, config_); },
            std::move(arguments), variables);
    }
    SourceConfig config_;
};

TEST_F(SourceConfigTest, TakesStoresBesideAliases) {
    const auto run = parse({"--store-alias", "old:6379:0=new:6379:1"},
                           {{"FRAMEBRIDGE_STORE_ALLOW", "a:6379:0, [::1]:1:2/savant:frames"}});
    ASSERT_EQ(run.exit_code, std::nullopt) << run.err;
    EXPECT_THAT(config_.stores.allowed,
                ElementsAre(AllowedStore{{"a", 6379, 0}, ""}, AllowedStore{{"::1", 1, 2}, "savant:frames"}));
    EXPECT_THAT(config_.stores.aliases,
                ElementsAre(Pair(StoreAddress{"old", 6379, 0}, StoreAddress{"new", 6379, 1})));
}

TEST_F(SourceConfigTest, SaysAllThatIsWrongWithStores) {
    const auto run =
        parse({"--store-alias", "old=new:6379:1", "--store-alias", "old:1:0=new", "--store-allow=x"});
    EXPECT_EQ(run.exit_code, 78);
    EXPECT_THAT(run.err,
                AllOf(HasSubstr("--store-alias: before '=': "), HasSubstr("--store-alias: after '=': "),
                      HasSubstr("--store-allow: a store's address is")));
}

TEST_F(SourceConfigTest, TakesSavantsAssignmentStrategies) {
    ASSERT_EQ(parse({"--kafka-partition-assignment-strategy=range, roundrobin"}).exit_code, std::nullopt);
    EXPECT_EQ(config_.consumer.partition_assignment_strategy, "range,roundrobin");
    EXPECT_THAT(parse({"--kafka-partition-assignment-strategy=range,cooperative-sticky"}).err,
                HasSubstr("cannot be combined"));
    EXPECT_THAT(parse({"--kafka-partition-assignment-strategy=fair"}).err, HasSubstr("'fair' is not range"));
}

TEST_F(SourceConfigTest, APollIntervalBelowTheSessionsIsRefused) {
    EXPECT_THAT(parse({"--kafka-max-poll-interval-ms=10000", "--kafka-session-timeout-ms=11000"}).err,
                HasSubstr("--kafka-max-poll-interval-ms (KAFKA_MAX_POLL_INTERVAL_MS) is less"));
}

}  // namespace
}  // namespace framebridge::source
