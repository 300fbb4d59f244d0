#include "kafka/client_config.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

std::vector<std::string> check(Role role, std::map<std::string, std::string> properties) {
    ClientConfig config;
    config.brokers = "127.0.0.1:1";
    config.topic = "frames";
    config.properties = std::move(properties);
    return check_properties(config, role);
}

TEST(CheckProperties, TakesWhatBreaksNothing) {
    const std::map<std::string, std::string> harmless{
        {"client.id", "camera-7"}, {"debug", "broker"}, {"client.rack", "a"}};
    for (const auto role : {Role::producer, Role::consumer, Role::admin}) {
        EXPECT_THAT(check(role, harmless), IsEmpty());
    }
    EXPECT_THAT(check(Role::producer, {{"partitioner", "murmur2_random"},
                                       {"compression.type", "zstd"},
                                       {"batch.size", "200000"},
                                       {"max.in.flight", "1"},
                                       {"message.max.bytes", "90000000"},
                                       {"linger.ms", "20"}}),
                IsEmpty());
    EXPECT_THAT(check(Role::consumer, {{"fetch.min.bytes", "1000"}, {"isolation.level", "read_uncommitted"}}),
                IsEmpty());
}

TEST(CheckProperties, TakesTheValuesThatWeSetOurselves) {
    EXPECT_THAT(
        check(Role::producer, {{"acks", "all"}, {"enable.idempotence", "true"}, {"message.timeout.ms", "0"}}),
        IsEmpty());
    EXPECT_THAT(
        check(Role::consumer, {{"enable.auto.commit", "true"}, {"enable.auto.offset.store", "false"}}),
        IsEmpty());
}

class RefusedProperty
    : public testing::TestWithParam<std::tuple<Role, const char*, const char*, const char*>> {};

TEST_P(RefusedProperty, IsNamedWithItsReason) {
    const auto [role, name, value, reason] = GetParam();
    const auto option = std::string("--kafka-config ") + name + "=" + value;
    EXPECT_THAT(check(role, {{name, value}}), ElementsAre(AllOf(HasSubstr(option), HasSubstr(reason))));
}

INSTANTIATE_TEST_SUITE_P(
    Properties, RefusedProperty,
    testing::Values(std::tuple{Role::producer, "enable.idempotence", "false", "reorder"},
                    std::tuple{Role::producer, "enable.gapless.guarantee", "false", "overtaken"},
                    std::tuple{Role::producer, "acks", "1", "lost"},
                    std::tuple{Role::producer, "request.required.acks", "0", "lost"},
                    std::tuple{Role::producer, "message.timeout.ms", "30000", "lost"},
                    std::tuple{Role::producer, "delivery.timeout.ms", "30000", "lost"},
                    std::tuple{Role::producer, "retries", "3", "lost"},
                    std::tuple{Role::producer, "max.in.flight", "6", "order"},
                    std::tuple{Role::producer, "transactional.id", "x", "transactions"},
                    std::tuple{Role::producer, "queuing.strategy", "lifo", "reordered"},
                    std::tuple{Role::producer, "delivery.report.only.error", "true", "safe"},
                    std::tuple{Role::producer, "queue.buffering.max.messages", "10", "--kafka-in-flight"},
                    std::tuple{Role::producer, "bootstrap.servers", "x:1", "--kafka-brokers"},
                    std::tuple{Role::admin, "metadata.broker.list", "x:1", "--kafka-brokers"},
                    std::tuple{Role::consumer, "enable.auto.offset.store", "true", "left"},
                    std::tuple{Role::consumer, "enable.auto.commit", "false", "committed"},
                    std::tuple{Role::consumer, "group.id", "g", "--kafka-group-id"},
                    std::tuple{Role::consumer, "group.instance.id", "g", "--group-instance-id"},
                    std::tuple{Role::consumer, "auto.offset.reset", "earliest", "--kafka-auto-offset-reset"},
                    std::tuple{Role::consumer, "max.poll.interval.ms", "1000",
                               "--kafka-max-poll-interval-ms"},
                    std::tuple{Role::consumer, "partition.assignment.strategy", "range",
                               "--kafka-partition-assignment-strategy"}));

TEST(CheckProperties, SaysWhatLibrdkafkaSaysOfAnUnknownProperty) {
    EXPECT_THAT(
        check(Role::producer, {{"no.such.thing", "1"}}),
        ElementsAre(AllOf(HasSubstr("--kafka-config no.such.thing: "), HasSubstr("No such configuration"))));
}

TEST(CheckProperties, SaysWhatLibrdkafkaSaysOfAValue) {
    EXPECT_THAT(
        check(Role::consumer, {{"fetch.min.bytes", "few"}}),
        ElementsAre(AllOf(HasSubstr("--kafka-config fetch.min.bytes=few: "), HasSubstr("Invalid value"))));
}

TEST(CheckProperties, SaysAllAtOnce) {
    EXPECT_EQ(check(Role::producer, {{"acks", "1"}, {"retries", "1"}, {"nonsense", "1"}}).size(), 3U);
}

TEST(CheckProperties, FindsWhatOnlyMakingAClientShows) {
    EXPECT_THAT(
        check(Role::producer, {{"security.protocol", "ssl"}, {"ssl.ca.location", "/no/such/file.pem"}}),
        ElementsAre(HasSubstr("ssl.ca.location")));
}

TEST(CheckProperties, NeverShowsASecret) {
    const auto errors =
        check(Role::producer,
              {{"ssl.key.pem", "hunter2"}, {"bad.password", "hunter2"}, {"sasl.pasword", "hunter2"}});
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
        open_producer(config);
        FAIL() << "opened";
    } catch (const runtime::Failure& error) {
        EXPECT_EQ(error.kind(), runtime::FailureKind::misconfigured);
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
}  // namespace framebridge::kafka
