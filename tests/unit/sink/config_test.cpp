#include "kafka_redis_sink/config.h"

#include <gmock/gmock.h>

#include <fstream>
#include <memory>

#include "support/options_run.h"
#include "support/temporary_directory.h"

namespace framebridge::sink {
namespace {

using test::TemporaryDirectory;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class SinkConfigTest : public testing::Test {
  protected:
    OptionsRun parse(std::vector<std::string> arguments,
                     const std::vector<std::pair<std::string, std::string>>& variables = {}) {
        for (const auto* argument :
             {"--zmq-endpoint=ipc:///tmp/in.ipc", "--kafka-brokers=b:9092", "--kafka-topic=frames"}) {
            arguments.insert(arguments.begin(), argument);
        }
        // Destroyed and made anew, as GCC 12 warns of uninitialized values when it is assigned.
        std::destroy_at(&config_);
        std::construct_at(&config_);
        return run_options(
            [this](int argc, const char* const* argv) { return parse_sink_config(argc, argv, config_); },
            std::move(arguments), variables);
    }
    SinkConfig config_;
};

TEST_F(SinkConfigTest, AKafkaConfigTakesPrecedenceOverTheFiles) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "kafka.properties";
    std::ofstream(file) << "linger.ms=7\nstatistics.interval.ms=1\n";
    const auto run = parse({"--kafka-config", "linger.ms=5", "--kafka-config-file", file.string()});
    ASSERT_EQ(run.exit_code, std::nullopt) << run.err;
    EXPECT_THAT(config_.kafka.properties,
                UnorderedElementsAre(Pair("linger.ms", "5"), Pair("statistics.interval.ms", "1")));
}

TEST_F(SinkConfigTest, SaysAllThatIsWrongInAPropertiesFile) {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "kafka.properties";
    std::ofstream(file) << "one\ntwo\n";
    const auto run = parse({}, {{"FRAMEBRIDGE_KAFKA_CONFIG_FILE", file.string()}});
    EXPECT_EQ(run.exit_code, 78);
    EXPECT_THAT(run.err, AllOf(HasSubstr(file.string() + ":1: "), HasSubstr(file.string() + ":2: "),
                               HasSubstr("FRAMEBRIDGE_KAFKA_CONFIG_FILE")));
}

TEST_F(SinkConfigTest, TakesAnIpv6HostWithAndWithoutBrackets) {
    for (const auto* host : {"[::1]", "::1"}) {
        ASSERT_EQ(parse({"--redis-host", host}).exit_code, std::nullopt) << host;
        EXPECT_EQ(config_.redis->address.to_string(), "[::1]:6379:0");
    }
}

TEST_F(SinkConfigTest, AUrlAndAHostAreOneStoreTooMany) {
    const auto run = parse({"--redis-host=store"}, {{"REDIS_URL", "redis://other"}});
    EXPECT_EQ(run.exit_code, 78);
    EXPECT_THAT(run.err, AllOf(HasSubstr("REDIS_URL"), HasSubstr("REDIS_HOST")));
}

TEST_F(SinkConfigTest, SentinelsNameTheStoreByItsMaster) {
    ASSERT_EQ(
        parse({"--redis-sentinel=a:26379,[::1]:2", "--redis-master-name=main", "--redis-db=3"}).exit_code,
        std::nullopt);
    ASSERT_TRUE(config_.redis && config_.redis->sentinel);
    EXPECT_EQ(config_.redis->sentinel->addresses.to_string(), "a:26379,[::1]:2");
    EXPECT_EQ(config_.redis->sentinel->master, "main");
    EXPECT_EQ(config_.redis->address.db, 3U);
    EXPECT_EQ(config_.content.location_prefix, "main:6379:3");
}

TEST_F(SinkConfigTest, ReferencesNameTheAdvertisedStore) {
    ASSERT_EQ(parse({"--redis-host=127.0.0.1", "--redis-advertise=store:7000:1"}).exit_code, std::nullopt);
    EXPECT_EQ(config_.content.location_prefix, "store:7000:1");
    EXPECT_EQ(config_.redis->address.to_string(), "127.0.0.1:6379:0");
}

TEST_F(SinkConfigTest, SentinelsStandInForTheHostAndNeedAMaster) {
    EXPECT_THAT(parse({"--redis-sentinel=a:1"}).err, HasSubstr("need each other"));
    EXPECT_THAT(parse({"--redis-master-name=main"}).err, HasSubstr("need each other"));
    EXPECT_THAT(parse({"--redis-sentinel=a:1", "--redis-master-name=main", "--redis-host=b"}).err,
                HasSubstr("leave out --redis-host"));
    EXPECT_THAT(parse({"--redis-sentinel=a"}).err, HasSubstr("host:port,host:port"));
}

TEST_F(SinkConfigTest, ASampleIsAPartOfAll) {
    ASSERT_EQ(parse({"--trace-sample=0.01"}).exit_code, std::nullopt);
    EXPECT_EQ(config_.trace_sample.value, 0.01);
    for (const auto* text : {"2", "-0.1", "1%", "nan", ""}) {
        EXPECT_EQ(parse({"--trace-sample", text}).exit_code, 78) << text;
    }
}

TEST_F(SinkConfigTest, RefusesUsersInAddressesWithoutShowingThem) {
    for (const auto* host : {"me:hunter2@store", "hunter2@store", "redis://hunter2@store:6379"}) {
        const auto run = parse({"--redis-host", host});
        EXPECT_EQ(run.exit_code, 78);
        EXPECT_THAT(run.err, AllOf(HasSubstr("--redis-host: is not a host"), Not(HasSubstr("hunter2"))));
    }
    const auto run = parse({"--kafka-brokers=SASL_SSL://me:hunter2@b:9092"});
    EXPECT_EQ(run.exit_code, 78);
    EXPECT_THAT(run.err,
                AllOf(HasSubstr("--kafka-brokers: a broker is host:port"), Not(HasSubstr("hunter2"))));
}

TEST_F(SinkConfigTest, SecretsOfKafkaAreNotInErrors) {
    const auto run =
        parse({}, {{"FRAMEBRIDGE_KAFKA_CONFIG",
                    "sasl.pasword=hunter2,acks=1,sasl.password=hunter2,hunter2=x,sasl.mechanism=NONE"}});
    EXPECT_EQ(run.exit_code, 78);
    EXPECT_THAT(run.err, AllOf(HasSubstr("sasl.pasword: "), HasSubstr("acks=1 is refused"),
                               Not(HasSubstr("hunter2"))));
}

TEST_F(SinkConfigTest, PrintsNoSecret) {
    const auto run = parse({"--print-config", "--redis-host=store", "--redis-password=hunter2",
                            "--kafka-config", "sasl.oauthbearer.config=token=hunter2", "--kafka-config",
                            "sasl.kerberos.kinit.cmd=kinit --password hunter2", "--shutdown-auth=hunter2"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, AllOf(HasSubstr("sasl.oauthbearer.config=***"), Not(HasSubstr("hunter2"))));
}

TEST_F(SinkConfigTest, ATtlIsWholeSecondsOrAuto) {
    ASSERT_EQ(parse({}).exit_code, std::nullopt);
    EXPECT_EQ(config_.ttl.value(), 60s);
    ASSERT_EQ(parse({"--redis-ttl-seconds=auto"}).exit_code, std::nullopt);
    EXPECT_FALSE(config_.ttl.has_value());
    for (const auto* text : {"0", "-1", "1.5", "1m", "3153600001", ""}) {
        EXPECT_THAT(parse({"--redis-ttl-seconds", text}).err, HasSubstr("nor 'auto'")) << text;
    }
}

constexpr auto topic_json =
    R"({"num_partitions": 4, "replication_factor": 3, "config": {"retention.ms": 1}})";

TEST_F(SinkConfigTest, TheTopicsJsonHasItsNumbersToo) {
    ASSERT_EQ(parse({"--kafka-create-topic", "--kafka-create-topic-config", topic_json}).exit_code,
              std::nullopt);
    EXPECT_EQ(config_.topic_to_create()->partitions, 4);
    EXPECT_EQ(config_.topic_to_create()->replication_factor, 3);
    EXPECT_THAT(config_.topic_to_create()->config, UnorderedElementsAre(Pair("retention.ms", "1")));
}

TEST_F(SinkConfigTest, AVariableTakesPrecedenceOverTheTopicsJson) {
    ASSERT_EQ(parse({"--kafka-create-topic", "--kafka-create-topic-config", topic_json},
                    {{"KAFKA_CREATE_TOPIC_NUM_PARTITIONS", "1"}})
                  .exit_code,
              std::nullopt);
    EXPECT_EQ(config_.topic_to_create()->partitions, 1);
    EXPECT_EQ(config_.topic_to_create()->replication_factor, 3);
}

TEST_F(SinkConfigTest, ATopicIsOnlyCreatedIfItIsAskedFor) {
    ASSERT_EQ(parse({"--kafka-create-topic-num-partitions=4"}).exit_code, std::nullopt);
    EXPECT_EQ(config_.topic_to_create(), std::nullopt);
}

TEST_F(SinkConfigTest, AQueueSizeOfZeroIsNoLimit) {
    ASSERT_EQ(parse({"--queue-size=0"}).exit_code, std::nullopt);
    EXPECT_EQ(config_.queue_size, 100'000U);
}

}  // namespace
}  // namespace framebridge::sink
