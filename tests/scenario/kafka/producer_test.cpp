// A producer on a mock cluster whose brokers fail in scripted ways: each record is confirmed exactly once,
// and each partition's records lie in the order in which they were produced.

#include "kafka/producer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <set>

#include "mock_kafka.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using testing::HasSubstr;

constexpr const char* topic = "frames";

class ProducerScenario : public testing::Test {
  protected:
    void open(std::map<std::string, std::string> properties = {}, std::chrono::milliseconds linger = {}) {
        ProducerConfig config;
        config.kafka = kafka_.config(topic);
        config.kafka.properties.merge(properties);
        config.linger = linger;
        config.retry_backoff = std::chrono::milliseconds(10);
        producer_ = open_producer(config);
    }

    /// Opens for one source on one partition. Scripted errors then meet its first record, which goes alone:
    /// the mock cluster, unlike a broker, takes what follows a refused batch.
    void open_for_one_source() {
        kafka_.create_topic(topic, 1);
        keys_.resize(1);
        open();
    }

    /// Produces records whose value starts with their number, over the keys of some sources.
    void produce(int count, std::size_t size = 20) {
        for (int i = 0; i < count; ++i) {
            auto& value = values_.emplace_back(std::make_unique<std::string>(std::to_string(values_.size())));
            value->resize(std::max(size, value->size()), '.');
            const auto number = values_.size() - 1;
            auto& key = *keys_[number % keys_.size()];
            producer_->produce({.token = number, .topic = {}, .key = key, .value = *value, .headers = {}});
        }
    }

    bool wait_for(std::size_t outcomes, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
        return pump(
            *producer_, [this] { producer_->advance(deliveries_); },
            [this, outcomes] { return deliveries_.size() >= outcomes; }, limit);
    }

    void expect_each_delivered_once() {
        ASSERT_EQ(deliveries_.size(), values_.size());
        std::set<RecordToken> tokens;
        for (const auto& delivery : deliveries_) {
            EXPECT_EQ(delivery.status, DeliveryStatus::delivered) << delivery.reason;
            EXPECT_GE(delivery.partition, 0);
            EXPECT_GE(delivery.offset, 0);
            EXPECT_TRUE(tokens.insert(delivery.token).second) << "twice: " << delivery.token;
        }
    }

    /// The numbers of a partition's records, each only where it came first: the mock cluster does not
    /// deduplicate.
    std::vector<int> first_occurrences(int partition) {
        std::vector<int> numbers;
        for (const auto& value : kafka_.records(topic, partition)) {
            const auto number = std::stoi(value);
            if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
                numbers.push_back(number);
            }
        }
        return numbers;
    }

    void expect_all_in_order(int partitions) {
        std::size_t total = 0;
        for (int partition = 0; partition < partitions; ++partition) {
            const auto numbers = first_occurrences(partition);
            EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()))
                << "partition " << partition << ": " << testing::PrintToString(numbers);
            total += numbers.size();
        }
        EXPECT_EQ(total, values_.size());
    }

    MockKafka kafka_{3};
    std::vector<std::unique_ptr<std::string>> values_;
    std::vector<std::unique_ptr<std::string>> keys_ = [] {
        std::vector<std::unique_ptr<std::string>> keys;
        for (const char* key : {"camera-1", "camera-2", "camera-3", "camera-4"}) {
            keys.push_back(std::make_unique<std::string>(key));
        }
        return keys;
    }();
    std::vector<DeliveryReport> deliveries_;
    std::unique_ptr<Producer> producer_;
};

TEST_F(ProducerScenario, DeliversEachRecordOnceAndInOrder) {
    kafka_.create_topic(topic, 4);
    open();
    produce(500);
    ASSERT_TRUE(wait_for(500));
    expect_each_delivered_once();
    expect_all_in_order(4);
    EXPECT_EQ(producer_->statistics().recreated, 0U);
    EXPECT_EQ(producer_->problem(), "");
}

TEST_F(ProducerScenario, CarriesKeyHeadersAndAnotherTopic) {
    kafka_.create_topic("dead-letters", 1);
    open();
    const std::string value = "not a message";
    producer_->produce({.token = 7,
                        .topic = "dead-letters",
                        .key = "camera",
                        .value = value,
                        .headers = make_headers({{"reason", "no"}})});
    ASSERT_TRUE(wait_for(1));
    EXPECT_EQ(deliveries_[0].token, 7U);
    EXPECT_EQ(deliveries_[0].status, DeliveryStatus::delivered);
    EXPECT_THAT(kafka_.records("dead-letters", 0), testing::ElementsAre(value));
}

TEST_F(ProducerScenario, RidesOutErrorsThatLibrdkafkaRetries) {
    kafka_.fail_requests(produce_request,
                         {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                          RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT});
    open_for_one_source();
    produce(300);
    ASSERT_TRUE(wait_for(300));
    expect_each_delivered_once();
    expect_all_in_order(1);
}

TEST_F(ProducerScenario, MakesTheClientAnewAfterAFatalError) {
    open_for_one_source();
    produce(100);
    ASSERT_TRUE(wait_for(100));
    kafka_.fail_requests(produce_request, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    produce(1);
    ASSERT_TRUE(pump(
        *producer_, [this] { producer_->advance(deliveries_); },
        [this] { return producer_->statistics().recreated > 0; }));
    produce(299);
    ASSERT_TRUE(wait_for(400));
    expect_each_delivered_once();
    expect_all_in_order(1);
    EXPECT_EQ(producer_->statistics().recreated, 1U);
    EXPECT_EQ(producer_->statistics().repeated, 1U);
}

TEST_F(ProducerScenario, SurvivesOneFatalErrorAfterTheOther) {
    open_for_one_source();
    kafka_.fail_requests(produce_request, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                           RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                                           RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    for (int i = 0; i < 20; ++i) {
        produce(10);
        producer_->advance(deliveries_);
    }
    ASSERT_TRUE(wait_for(200));
    expect_each_delivered_once();
    expect_all_in_order(1);
}

TEST_F(ProducerScenario, WaitsForAPermissionThatItHadToBeGivenAgain) {
    open_for_one_source();
    produce(1);
    ASSERT_TRUE(wait_for(1));
    kafka_.fail_requests(produce_request, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                           RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                           RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});
    produce(1);
    ASSERT_TRUE(wait_for(2));
    produce(48);
    ASSERT_TRUE(wait_for(50));
    expect_each_delivered_once();
    expect_all_in_order(1);
    EXPECT_GE(producer_->statistics().recreated, 1U);
}

TEST_F(ProducerScenario, WaitsForThePermissionToProduceIdempotentlyAgain) {
    open_for_one_source();
    produce(1);
    ASSERT_TRUE(wait_for(1));
    kafka_.fail_requests(init_producer_id_request, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                                                    RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});
    kafka_.fail_requests(produce_request, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    produce(1);
    ASSERT_TRUE(wait_for(2));
    expect_each_delivered_once();
    expect_all_in_order(1);
}

TEST_F(ProducerScenario, APermissionThatWasNeverThereEndsIt) {
    kafka_.fail_requests(init_producer_id_request,
                         std::vector(100, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED));
    open_for_one_source();
    produce(1);
    try {
        wait_for(1);
        FAIL() << "it went on";
    } catch (const runtime::Failure& failure) {
        EXPECT_EQ(failure.kind(), runtime::FailureKind::not_permitted);
        EXPECT_THAT(failure.what(), HasSubstr("Write on the topic"));
    }
}

TEST_F(ProducerScenario, WaitsForTheClockToBeSet) {
    kafka_.fail_requests(produce_request,
                         {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
                          RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP});
    open_for_one_source();
    produce(20);
    ASSERT_TRUE(pump(
        *producer_, [this] { producer_->advance(deliveries_); },
        [this] { return !producer_->problem().empty(); }));
    EXPECT_THAT(producer_->problem(), HasSubstr("clock"));
    ASSERT_TRUE(wait_for(20));
    expect_each_delivered_once();
    expect_all_in_order(1);
    EXPECT_EQ(producer_->problem(), "");
    EXPECT_GE(producer_->statistics().recreated, 3U);
}

TEST_F(ProducerScenario, OneLargerThanASegmentIsNotRetried) {
    kafka_.create_topic(topic, 1);
    keys_.resize(1);
    open({{"batch.size", "10000"}});
    kafka_.fail_requests(produce_request, {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE});
    produce(1, 20'000);
    ASSERT_TRUE(wait_for(1));
    EXPECT_EQ(deliveries_[0].status, DeliveryStatus::too_large);
    EXPECT_THAT(deliveries_[0].reason, HasSubstr("segment.bytes of topic frames"));
}

TEST_F(ProducerScenario, SaysThatNothingIsConfirmed) {
    kafka_.create_topic(topic, 1);
    open();
    produce(1);
    ASSERT_TRUE(wait_for(1));
    kafka_.slow_down(std::chrono::seconds(60));
    produce(1);
    const auto frozen_at = runtime::PollSet::Clock::now();
    runtime::PollSet poll_set;
    while (producer_->problem().empty() &&
           runtime::PollSet::Clock::now() - frozen_at < std::chrono::seconds(20)) {
        producer_->advance(deliveries_);
        producer_->add_to(poll_set);
        poll_set.wake_at(runtime::PollSet::Clock::now() + std::chrono::milliseconds(100));
        poll_set.wait();
    }
    EXPECT_LT(runtime::PollSet::Clock::now() - frozen_at, std::chrono::seconds(10));
    EXPECT_NE(producer_->problem(), "");
}

TEST_F(ProducerScenario, OneTooLargeForTheClientIsSaidAtOnceAndTheOthersPass) {
    kafka_.create_topic(topic, 4);
    open({{"message.max.bytes", "100000"}});
    produce(10);
    produce(1, 100'001);
    produce(10);
    ASSERT_TRUE(wait_for(21));
    for (const auto& delivery : deliveries_) {
        const auto large = delivery.token == 10;
        EXPECT_EQ(delivery.status, large ? DeliveryStatus::too_large : DeliveryStatus::delivered)
            << delivery.token;
        if (large) {
            EXPECT_THAT(delivery.reason, HasSubstr("--kafka-config message.max.bytes=100000"));
        }
    }
    EXPECT_EQ(producer_->statistics().recreated, 0U);
}

TEST_F(ProducerScenario, OneTooLargeForTheBrokerIsSetAsideAndTheOthersAreProduced) {
    kafka_.create_topic(topic, 1);
    keys_.resize(1);
    open({{"batch.size", "10000"}});
    kafka_.fail_requests(produce_request, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    produce(1, 20'000);
    produce(30);
    ASSERT_TRUE(wait_for(31));
    for (const auto& delivery : deliveries_) {
        const auto large = delivery.token == 0;
        EXPECT_EQ(delivery.status, large ? DeliveryStatus::too_large : DeliveryStatus::delivered)
            << delivery.token;
        if (large) {
            EXPECT_THAT(delivery.reason, HasSubstr("max.message.bytes of topic frames"));
        }
    }
    // Another one as large does not cost a new client.
    const auto recreated = producer_->statistics().recreated;
    produce(1, 20'000);
    produce(1, 10'000);
    ASSERT_TRUE(wait_for(33));
    EXPECT_EQ(producer_->statistics().recreated, recreated);
    for (const auto& delivery : deliveries_) {
        EXPECT_EQ(delivery.status == DeliveryStatus::too_large, delivery.token == 0 || delivery.token == 31);
    }
    auto numbers = first_occurrences(0);
    EXPECT_EQ(std::exchange(numbers, std::vector<int>(numbers.begin(), numbers.begin() + 30)).size(), 31U);
    EXPECT_EQ(numbers.size(), 30U);
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_F(ProducerScenario, OfARefusedBatchOnlyTheRecordToBlameIsRejected) {
    kafka_.create_topic(topic, 1);
    keys_.resize(1);
    open({}, std::chrono::milliseconds(200));
    produce(1);
    ASSERT_TRUE(wait_for(1));
    // The batch of all, then the first record alone.
    kafka_.fail_requests(produce_request,
                         {RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_RECORD});
    produce(20);
    ASSERT_TRUE(wait_for(21));
    std::size_t rejected = 0;
    for (const auto& delivery : deliveries_) {
        if (delivery.status == DeliveryStatus::rejected) {
            ++rejected;
            EXPECT_EQ(delivery.token, 1U);
        }
    }
    EXPECT_EQ(rejected, 1U);
    EXPECT_EQ(first_occurrences(0).size(), 20U);
    EXPECT_EQ(producer_->statistics().recreated, 2U);
}

TEST_F(ProducerScenario, ABatchLargerThanTheTopicTakesIsProducedRecordByRecord) {
    kafka_.create_topic(topic, 1);
    keys_.resize(1);
    open({}, std::chrono::milliseconds(200));
    produce(1);
    ASSERT_TRUE(wait_for(1));
    kafka_.fail_requests(produce_request, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    produce(20);
    ASSERT_TRUE(wait_for(21));
    expect_each_delivered_once();
    expect_all_in_order(1);
}

TEST_F(ProducerScenario, WaitsForBrokersThatAreAwayAndForTheirReturn) {
    kafka_.create_topic(topic, 4);
    open();
    produce(100);
    ASSERT_TRUE(wait_for(100));
    kafka_.all_down();
    produce(100);
    ASSERT_TRUE(pump(
        *producer_, [this] { producer_->advance(deliveries_); },
        [this] { return !producer_->problem().empty(); }));
    kafka_.all_up();
    ASSERT_TRUE(wait_for(200));
    expect_each_delivered_once();
    expect_all_in_order(4);
    EXPECT_EQ(producer_->problem(), "");
}

TEST_F(ProducerScenario, FollowsALeaderThatMoves) {
    kafka_.create_topic(topic, 1);
    open();
    for (int round = 0; round < 6; ++round) {
        kafka_.set_leader(topic, 0, 1 + round % 3);
        produce(50);
        ASSERT_TRUE(wait_for(values_.size()));
    }
    expect_each_delivered_once();
    expect_all_in_order(1);
}

TEST_F(ProducerScenario, WaitsInsideForRoomInTheClientsQueue) {
    kafka_.create_topic(topic, 1);
    ProducerConfig config;
    config.kafka = kafka_.config(topic);
    config.queue_bytes = 64 << 10;
    producer_ = open_producer(config);
    produce(200, 10'000);
    ASSERT_TRUE(wait_for(200));
    expect_each_delivered_once();
    expect_all_in_order(1);
}

TEST_F(ProducerScenario, IsDestroyedInNoTimeWithBrokersAway) {
    kafka_.create_topic(topic, 4);
    open();
    produce(10);
    ASSERT_TRUE(wait_for(10));
    kafka_.all_down();
    produce(100);
    producer_->advance(deliveries_);
    const auto start = runtime::PollSet::Clock::now();
    producer_.reset();
    EXPECT_LT(runtime::PollSet::Clock::now() - start, std::chrono::seconds(5));
}

TEST_F(ProducerScenario, IsDestroyedInNoTimeWhileAnAnswerIsAwaited) {
    kafka_.create_topic(topic, 1);
    open();
    produce(1);
    ASSERT_TRUE(wait_for(1));
    kafka_.slow_down(std::chrono::seconds(60));
    produce(100);
    producer_->advance(deliveries_);
    const auto start = runtime::PollSet::Clock::now();
    producer_.reset();
    EXPECT_LT(runtime::PollSet::Clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace framebridge::kafka
