#include "kafka/topic_reader.h"

#include <gmock/gmock.h>

#include "kafka/producer.h"
#include "mock_kafka.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr auto limit = seconds(10);

/// A topic `t` of two partitions; keys decide which record goes where.
class TopicReaderScenario : public testing::Test {
  protected:
    TopicReaderScenario() {
        kafka_.create_topic("t", 2);
        ProducerConfig config;
        config.kafka = kafka_.config("t");
        const auto producer = open_producer(config);
        std::vector<DeliveryReport> reports;
        for (int number = 0; number < count; ++number) {
            keys_.push_back("camera-" + std::to_string(number % 7));
            values_.push_back("value-" + std::to_string(number));
        }
        for (int number = 0; number < count; ++number) {
            const auto index = static_cast<std::size_t>(number);
            producer->produce({.token = static_cast<RecordToken>(number),
                               .topic = {},
                               .key = keys_[index],
                               .value = values_[index],
                               .headers = make_headers({{"n", std::to_string(number)}})});
        }
        EXPECT_TRUE(
            pump(*producer, [&] { producer->advance(reports); }, [&] { return reports.size() == count; }));
        for (const auto& report : reports) {
            by_partition_[report.partition][report.offset] = values_[report.token];
        }
    }

    std::map<std::int32_t, std::map<std::int64_t, std::string>> read(
        TopicReader& reader, const std::vector<PartitionRange>& ranges) {
        std::map<std::int32_t, std::map<std::int64_t, std::string>> found;
        reader.start(ranges);
        const auto deadline = std::chrono::steady_clock::now() + seconds(30);
        while (!reader.done() && std::chrono::steady_clock::now() < deadline) {
            std::vector<TopicRecord> records;
            reader.read([](std::int32_t) { return 7; }, records, std::chrono::milliseconds(100));
            for (const auto& record : records) {
                EXPECT_TRUE(found[record.partition].emplace(record.offset, record.value).second);
                EXPECT_EQ(record.header("n"), std::string(record.value.substr(6)));
            }
        }
        EXPECT_TRUE(reader.done());
        EXPECT_EQ(reader.position(), reader.size());
        return found;
    }

    static constexpr int count = 100;
    MockKafka kafka_;
    std::vector<std::string> keys_;
    std::vector<std::string> values_;
    std::map<std::int32_t, std::map<std::int64_t, std::string>> by_partition_;
};

TEST_F(TopicReaderScenario, ReadsAllPartitionsOnceUpToTheEndAsSeenAtStart) {
    TopicReader reader(kafka_.config("t"));
    const auto ranges = reader.find(Position{Position::Earliest{}}, std::nullopt, limit);
    ASSERT_EQ(ranges.size(), 2U);
    EXPECT_EQ(read(reader, ranges), by_partition_);
}

TEST_F(TopicReaderScenario, ReadsAnExactRangeOfOffsets) {
    TopicReader reader(kafka_.config("t"));
    const auto ranges = reader.find(*Position::parse("offset:5"), *Position::parse("offset:0=9,1=7"), limit);
    std::map<std::int32_t, std::map<std::int64_t, std::string>> expected;
    for (const auto& [partition, end] : std::map<std::int32_t, std::int64_t>{{0, 9}, {1, 7}}) {
        for (std::int64_t offset = 5; offset < end; ++offset) {
            expected[partition][offset] = by_partition_[partition].at(offset);
        }
    }
    EXPECT_EQ(read(reader, ranges), expected);
}

TEST_F(TopicReaderScenario, ARangeIsCutToWhatIsThere) {
    TopicReader reader(kafka_.config("t"));
    for (const auto& range :
         reader.find(*Position::parse("offset:0"), *Position::parse("offset:1000000"), limit)) {
        EXPECT_EQ(range.begin, 0);
        EXPECT_EQ(range.end, static_cast<std::int64_t>(by_partition_[range.partition].size()));
    }
    const auto beyond = reader.find(*Position::parse("offset:1000000"), std::nullopt, limit);
    EXPECT_TRUE(std::all_of(beyond.begin(), beyond.end(), [](const auto& range) { return range.empty(); }));
    reader.start(beyond);
    EXPECT_TRUE(reader.done());
}

TEST_F(TopicReaderScenario, APartitionThatIsNotNamedIsNotRead) {
    TopicReader reader(kafka_.config("t"));
    const auto ranges = reader.find(*Position::parse("offset:1=0"), std::nullopt, limit);
    ASSERT_EQ(ranges.size(), 1U);
    EXPECT_EQ(ranges.front().partition, 1);
    try {
        reader.find(*Position::parse("offset:7=0"), std::nullopt, limit);
        ADD_FAILURE() << "a partition that does not exist was taken";
    } catch (const runtime::Failure& failure) {
        EXPECT_THAT(failure.what(), HasSubstr("topic 't' has no partition 7, only 2"));
    }
}

TEST_F(TopicReaderScenario, AReaderCanStartAnew) {
    TopicReader reader(kafka_.config("t"));
    const auto ranges = reader.find(Position{Position::Earliest{}}, std::nullopt, limit);
    reader.start(ranges);
    std::vector<TopicRecord> some;
    while (some.empty()) {
        reader.read([](std::int32_t) { return 3; }, some, std::chrono::milliseconds(100));
    }
    some.clear();
    EXPECT_EQ(read(reader, ranges), by_partition_);
}

TEST_F(TopicReaderScenario, APartitionWithoutRoomWaitsAndTheOtherIsRead) {
    TopicReader reader(kafka_.config("t"));
    reader.start(reader.find(Position{Position::Earliest{}}, std::nullopt, limit));
    std::vector<TopicRecord> records;
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (reader.open_partitions().size() > 1 && std::chrono::steady_clock::now() < deadline) {
        reader.read([](std::int32_t partition) { return partition == 0 ? 0 : 5; }, records,
                    std::chrono::milliseconds(100));
    }
    EXPECT_EQ(reader.open_partitions(), std::vector<std::int32_t>{0});
    EXPECT_EQ(records.size(), by_partition_[1].size());
}

TEST_F(TopicReaderScenario, AMissingTopicIsSaid) {
    kafka_.fail_topic("missing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    TopicReader reader(kafka_.config("missing"));
    try {
        reader.find(Position{Position::Earliest{}}, std::nullopt, seconds(3));
        ADD_FAILURE() << "it was found";
    } catch (const runtime::Failure& failure) {
        EXPECT_EQ(failure.kind(), runtime::FailureKind::misconfigured);
        EXPECT_THAT(failure.what(), HasSubstr("topic 'missing' does not exist"));
    }
}

TEST(TopicReader, NobodyAnswers) {
    MockKafka kafka;
    kafka.create_topic("t", 1);
    const auto config = kafka.config("t");
    kafka.all_down();
    TopicReader reader(config);
    try {
        reader.find(Position{Position::Earliest{}}, std::nullopt, seconds(1));
        ADD_FAILURE() << "somebody answered";
    } catch (const runtime::Failure& failure) {
        EXPECT_TRUE(failure.retryable());
        EXPECT_THAT(failure.what(), HasSubstr("--kafka-brokers"));
    }
}

}  // namespace
}  // namespace framebridge::kafka
