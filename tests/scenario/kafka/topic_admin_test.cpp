// Looking for a topic on a mock cluster, and on none.

#include "kafka/topic_admin.h"

#include <gmock/gmock.h>

#include "mock_kafka.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(TopicAdminScenario, FindsATopic) {
    MockKafka kafka;
    kafka.create_topic("frames", 2);
    EXPECT_EQ(ensure_topic(kafka.config("frames"), std::nullopt, std::chrono::seconds(30)),
              TopicStatus::exists);
    EXPECT_EQ(count_partitions(kafka.config("frames"), std::chrono::seconds(30)), 2);
    EXPECT_EQ(count_partitions(kafka.config("others"), std::chrono::seconds(30)), std::nullopt);
}

TEST(TopicAdminScenario, AMissingTopicIsNotCreatedByLookingForIt) {
    MockKafka kafka;
    kafka.create_topic("other", 2);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(ensure_topic(kafka.config("frames"), std::nullopt, std::chrono::seconds(30)),
                  TopicStatus::missing);
    }
}

TEST(TopicAdminScenario, SaysThatNoBrokerAnswers) {
    ClientConfig config;
    config.brokers = "127.0.0.1:1";
    config.topic = "frames";
    try {
        ensure_topic(config, std::nullopt, std::chrono::milliseconds(200));
        FAIL() << "found";
    } catch (const runtime::Failure& error) {
        EXPECT_EQ(error.kind(), runtime::FailureKind::unavailable);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("--kafka-brokers")));
    }
    std::string error;
    EXPECT_EQ(describe_retention(config, std::chrono::milliseconds(200), error), std::nullopt);
    EXPECT_THAT(error, HasSubstr("frames"));
}

}  // namespace
}  // namespace framebridge::kafka
