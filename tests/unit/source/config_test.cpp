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
                ElementsAre(Pair(StoreAddress{"old", 6379, 0},
                                 StoreRoute{{"new", 6379, 1}, std::nullopt, std::nullopt})));
}

TEST_F(SourceConfigTest, AStoreCanBeReachedByTlsOrSentinels) {
    const auto run = parse(
        {"--store-alias", "a:6379:0=rediss://b/3", "--store-alias", "m:6379:0=sentinel://x:1,y:2/main/4"});
    ASSERT_EQ(run.exit_code, std::nullopt) << run.err;
    const auto& tls = config_.stores.aliases.at({"a", 6379, 0});
    EXPECT_EQ(tls.address, (StoreAddress{"b", 6379, 3}));
    EXPECT_EQ(tls.tls, true);
    EXPECT_EQ(tls.to_string(), "rediss://b:6379/3");
    const auto& by_sentinel = config_.stores.aliases.at({"m", 6379, 0});
    EXPECT_EQ(by_sentinel.sentinel->addresses, (store::SentinelAddresses{{"x", 1, 0}, {"y", 2, 0}}));
    EXPECT_EQ(by_sentinel.sentinel->master, "main");
    EXPECT_EQ(by_sentinel.address.db, 4U);
    EXPECT_EQ(by_sentinel.to_string(), "sentinel://x:1,y:2/main/4");
    EXPECT_THAT(parse({"--store-alias", "a:6379:0=redis://u:secret@b"}).err,
                AllOf(HasSubstr("--redis-password"), ::testing::Not(HasSubstr("secret"))));
    EXPECT_THAT(parse({"--store-alias", "a:6379:0=sentinel://x:1"}).err, HasSubstr("sentinel://host:port"));
}

TEST_F(SourceConfigTest, TheStoresUrlGivesItsLoginAndNamesIt) {
    ASSERT_EQ(parse({}, {{"REDIS_URL", "rediss://u:pw@store/2"}}).exit_code, std::nullopt);
    EXPECT_THAT(config_.stores.allowed, ElementsAre(AllowedStore{{"store", 6379, 2}, ""}));
    EXPECT_EQ(config_.redis.username, "u");
    EXPECT_EQ(config_.redis.password, "pw");
    EXPECT_TRUE(config_.redis.tls.enabled);
    EXPECT_EQ(parse({"--redis-password=other"}, {{"REDIS_URL", "redis://u:pw@store"}}).exit_code, 78);
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
