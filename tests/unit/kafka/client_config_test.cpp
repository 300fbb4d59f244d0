#include "framebridge/kafka/client_config.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "framebridge/kafka/consumer.h"
#include "framebridge/kafka/producer.h"
#include "framebridge/runtime/errors.h"

namespace framebridge {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

std::vector<std::string> check(KafkaRole role, std::map<std::string, std::string> properties) {
    KafkaConfig config;
    config.brokers = "127.0.0.1:1";
    config.topic = "frames";
    config.properties = std::move(properties);
    return check_properties(config, role);
}

TEST(CheckProperties, TakesWhatBreaksNothing) {
    const std::map<std::string, std::string> harmless{
        {"client.id", "camera-7"}, {"debug", "broker"}, {"client.rack", "a"}};
    for (const auto role : {KafkaRole::producer, KafkaRole::consumer, KafkaRole::admin}) {
        EXPECT_THAT(check(role, harmless), IsEmpty());
    }
    EXPECT_THAT(check(KafkaRole::producer, {{"partitioner", "murmur2_random"},
                                            {"compression.type", "zstd"},
                                            {"batch.size", "200000"},
                                            {"max.in.flight", "1"},
                                            {"message.max.bytes", "90000000"},
                                            {"linger.ms", "20"}}),
                IsEmpty());
    EXPECT_THAT(
        check(KafkaRole::consumer, {{"fetch.min.bytes", "1000"}, {"isolation.level", "read_uncommitted"}}),
        IsEmpty());
}

TEST(CheckProperties, TakesTheValuesThatWeSetOurselves) {
    EXPECT_THAT(check(KafkaRole::producer,
                      {{"acks", "all"}, {"enable.idempotence", "true"}, {"message.timeout.ms", "0"}}),
                IsEmpty());
    EXPECT_THAT(
        check(KafkaRole::consumer, {{"enable.auto.commit", "true"}, {"enable.auto.offset.store", "false"}}),
        IsEmpty());
}

class RefusedProperty
    : public testing::TestWithParam<std::tuple<KafkaRole, const char*, const char*, const char*>> {};

TEST_P(RefusedProperty, IsNamedWithItsReason) {
    const auto [role, name, value, reason] = GetParam();
    const auto option = std::string("--kafka-config ") + name + "=" + value;
    EXPECT_THAT(check(role, {{name, value}}), ElementsAre(AllOf(HasSubstr(option), HasSubstr(reason))));
}

INSTANTIATE_TEST_SUITE_P(
    Properties, RefusedProperty,
    testing::Values(
        std::tuple{KafkaRole::producer, "enable.idempotence", "false", "reorder"},
        std::tuple{KafkaRole::producer, "enable.gapless.guarantee", "false", "overtaken"},
        std::tuple{KafkaRole::producer, "acks", "1", "lost"},
        std::tuple{KafkaRole::producer, "request.required.acks", "0", "lost"},
        std::tuple{KafkaRole::producer, "message.timeout.ms", "30000", "lost"},
        std::tuple{KafkaRole::producer, "delivery.timeout.ms", "30000", "lost"},
        std::tuple{KafkaRole::producer, "retries", "3", "lost"},
        std::tuple{KafkaRole::producer, "max.in.flight", "6", "order"},
        std::tuple{KafkaRole::producer, "transactional.id", "x", "transactions"},
        std::tuple{KafkaRole::producer, "queuing.strategy", "lifo", "reordered"},
        std::tuple{KafkaRole::producer, "delivery.report.only.error", "true", "safe"},
        std::tuple{KafkaRole::producer, "queue.buffering.max.messages", "10", "--kafka-in-flight"},
        std::tuple{KafkaRole::producer, "bootstrap.servers", "x:1", "--kafka-brokers"},
        std::tuple{KafkaRole::admin, "metadata.broker.list", "x:1", "--kafka-brokers"},
        std::tuple{KafkaRole::consumer, "enable.auto.offset.store", "true", "left"},
        std::tuple{KafkaRole::consumer, "enable.auto.commit", "false", "committed"},
        std::tuple{KafkaRole::consumer, "group.id", "g", "--kafka-group-id"},
        std::tuple{KafkaRole::consumer, "group.instance.id", "g", "--group-instance-id"},
        std::tuple{KafkaRole::consumer, "auto.offset.reset", "earliest", "--kafka-auto-offset-reset"},
        std::tuple{KafkaRole::consumer, "max.poll.interval.ms", "1000", "--kafka-max-poll-interval-ms"},
        std::tuple{KafkaRole::consumer, "partition.assignment.strategy", "range",
                   "--kafka-partition-assignment-strategy"}));

TEST(CheckProperties, SaysWhatLibrdkafkaSaysOfAnUnknownProperty) {
    EXPECT_THAT(check(KafkaRole::producer, {{"no.such.thing", "1"}}),
                ElementsAre(AllOf(HasSubstr("--kafka-config no.such.thing=1: "),
                                  HasSubstr("No such configuration"))));
}

TEST(CheckProperties, SaysWhatLibrdkafkaSaysOfAValue) {
    EXPECT_THAT(
        check(KafkaRole::consumer, {{"fetch.min.bytes", "few"}}),
        ElementsAre(AllOf(HasSubstr("--kafka-config fetch.min.bytes=few: "), HasSubstr("Invalid value"))));
}

TEST(CheckProperties, SaysAllAtOnce) {
    EXPECT_EQ(check(KafkaRole::producer, {{"acks", "1"}, {"retries", "1"}, {"nonsense", "1"}}).size(), 3U);
}

TEST(CheckProperties, FindsWhatOnlyMakingAClientShows) {
    EXPECT_THAT(
        check(KafkaRole::producer, {{"security.protocol", "ssl"}, {"ssl.ca.location", "/no/such/file.pem"}}),
        ElementsAre(HasSubstr("ssl.ca.location")));
}

TEST(CheckProperties, NeverShowsASecret) {
    const auto errors = check(KafkaRole::producer, {{"ssl.key.pem", "hunter2"}, {"bad.password", "hunter2"}});
    EXPECT_FALSE(errors.empty());
    for (const auto& error : errors) {
        EXPECT_THAT(error, Not(HasSubstr("hunter2")));
    }
}

TEST(OpeningAClient, ThrowsAConfigurationErrorWithAllThatIsWrong) {
    ProducerConfig config;
    config.kafka = {
        .brokers = "127.0.0.1:1", .topic = "frames", .properties = {{"acks", "1"}, {"retries", "1"}}};
    try {
        KafkaProducer::open(config);
        FAIL() << "opened";
    } catch (const FatalError& error) {
        EXPECT_EQ(error.code(), ExitCode::config);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("acks=1"), HasSubstr("retries=1")));
    }
}

class PropertiesFile : public testing::Test {
  protected:
    std::map<std::string, std::string> read(const std::string& text) {
        std::ofstream(path_) << text;
        return read_properties_file(path_, errors_);
    }
    void TearDown() override { std::filesystem::remove(path_); }

    std::string path_ = testing::TempDir() + "framebridge_" +
                        testing::UnitTest::GetInstance()->current_test_info()->name() + ".properties";
    std::vector<std::string> errors_;
};

TEST_F(PropertiesFile, ReadsKeysValuesAndComments) {
    EXPECT_THAT(read("# a comment\n! another\n\n  security.protocol = sasl_ssl \r\nsasl.password=a=b # c\n"),
                ElementsAre(Pair("sasl.password", "a=b # c"), Pair("security.protocol", "sasl_ssl")));
    EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(PropertiesFile, SaysEveryLineThatIsWrong) {
    EXPECT_THAT(read("linger.ms=1\nnonsense\n=5\nlinger.ms=2\n"), ElementsAre(Pair("linger.ms", "1")));
    EXPECT_THAT(errors_, ElementsAre(HasSubstr(":2: "), HasSubstr(":3: "), HasSubstr(":4: ")));
}

TEST_F(PropertiesFile, SaysThatItCannotBeRead) {
    EXPECT_THAT(read_properties_file("/no/such/file", errors_), IsEmpty());
    EXPECT_THAT(errors_, ElementsAre(HasSubstr("/no/such/file")));
}

}  // namespace
}  // namespace framebridge
