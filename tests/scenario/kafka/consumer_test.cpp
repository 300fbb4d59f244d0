// Consumers of a group on a mock cluster: nothing is skipped, and only what was stored is committed.

#include "kafka/consumer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "kafka/group_offsets.h"
#include "mock_kafka.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using testing::IsEmpty;

constexpr const char* topic = "frames";

/// A consumer with what it was told and what it gave. On revocation it stores what `handled` says, as an
/// adapter does.
struct Member : RebalanceListener {
    explicit Member(ConsumerConfig config) : consumer(open_consumer(std::move(config))) {}

    void on_assigned(const std::vector<std::int32_t>& partitions) override {
        assigned.insert(partitions.begin(), partitions.end());
    }
    void on_revoked(const std::vector<std::int32_t>& partitions) override {
        ++revocations;
        for (const auto partition : partitions) {
            if (handled.contains(partition)) {
                consumer->store_offset(partition, handled[partition]);
            }
            assigned.erase(partition);
        }
    }
    void on_lost(const std::vector<std::int32_t>& partitions) override {
        ++losses;
        for (const auto partition : partitions) {
            assigned.erase(partition);
        }
    }

    /// Consumes until `done`; what came is handled, so its offsets may be stored.
    bool consume_until(const std::function<bool()>& done) {
        return pump(*this, [this] { consume(); }, done);
    }
    void consume(std::size_t max_records = 100) {
        std::vector<ConsumedRecord> batch;
        consumer->consume({max_records, room_of_partition}, *this, batch);
        for (const auto& record : batch) {
            EXPECT_TRUE(assigned.contains(record.partition)) << "a record of a partition given up";
            offsets[record.partition].push_back(record.offset);
            values.emplace_back(record.value);
            handled[record.partition] = record.offset + 1;
        }
    }
    void store_all() {
        for (const auto& [partition, offset] : handled) {
            consumer->store_offset(partition, offset);
        }
    }

    void add_to(runtime::PollSet& poll_set) const { consumer->add_to(poll_set, {100, room_of_partition}); }

    std::function<std::size_t(std::int32_t)> room_of_partition;
    std::set<std::int32_t> assigned;
    std::map<std::int32_t, std::vector<std::int64_t>> offsets;
    std::map<std::int32_t, std::int64_t> handled;
    std::vector<std::string> values;
    int revocations = 0;
    int losses = 0;
    std::unique_ptr<Consumer> consumer;
};

/// Consumers without room for records, served by one loop.
struct Stalled {
    Member& first;
    Member* second = nullptr;
    void add_to(runtime::PollSet& poll_set) const {
        first.consumer->add_to(poll_set, {});
        if (second != nullptr) {
            second->consumer->add_to(poll_set, {});
        }
    }
    bool serve_until(const std::function<bool()>& done) {
        return pump(
            *this,
            [this] {
                first.consume(0);
                if (second != nullptr) {
                    second->consume(0);
                }
            },
            done);
    }
};

class ConsumerScenario : public testing::Test {
  protected:
    ConsumerScenario() {
        std::array<char, 512> message{};
        auto* conf = rd_kafka_conf_new();
        const auto config = kafka_.config(topic);
        rd_kafka_conf_set(conf, "bootstrap.servers", config.brokers.c_str(), message.data(), message.size());
        writer_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, message.data(), message.size()));
    }

    void write(int partition, int count, std::size_t size = 10) {
        for (int i = 0; i < count; ++i) {
            auto value = std::to_string(written_[partition]++);
            value.resize(std::max(size, value.size()), '.');
            ASSERT_EQ(
                rd_kafka_producev(writer_.get(), RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                  RD_KAFKA_V_KEY("camera", 6), RD_KAFKA_V_VALUE(value.data(), value.size()),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
                RD_KAFKA_RESP_ERR_NO_ERROR);
        }
        ASSERT_EQ(rd_kafka_flush(writer_.get(), 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    [[nodiscard]] ConsumerConfig config() const {
        ConsumerConfig config;
        config.kafka = kafka_.config(topic);
        config.group_id = "group";
        config.auto_offset_reset = "earliest";
        config.auto_commit_interval = std::chrono::milliseconds(50);
        return config;
    }

    static std::vector<std::int64_t> upto(std::int64_t end, std::int64_t start = 0) {
        std::vector<std::int64_t> numbers;
        for (auto i = start; i < end; ++i) {
            numbers.push_back(i);
        }
        return numbers;
    }

    MockKafka kafka_{2};
    ClientHandle writer_;
    std::map<int, int> written_;
};

TEST_F(ConsumerScenario, GivesRecordsWithKeyAndValue) {
    kafka_.create_topic(topic, 1);
    write(0, 3);
    Member member(config());
    std::vector<ConsumedRecord> records;
    ASSERT_TRUE(pump(
        member, [&] { member.consumer->consume({10, {}}, member, records); },
        [&] { return records.size() >= 3; }));
    EXPECT_EQ(records[1].partition, 0);
    EXPECT_EQ(records[1].offset, 1);
    EXPECT_EQ(records[1].key, "camera");
    EXPECT_EQ(records[1].value, "1.........");
}

TEST_F(ConsumerScenario, NeverGivesMoreThanAskedFor) {
    kafka_.create_topic(topic, 1);
    write(0, 100);
    Member member(config());
    std::vector<ConsumedRecord> records;
    ASSERT_TRUE(pump(
        member,
        [&] {
            const auto before = records.size();
            member.consumer->consume({7, {}}, member, records);
            EXPECT_LE(records.size() - before, 7U);
        },
        [&] { return records.size() >= 100; }));
    EXPECT_EQ(records.size(), 100U);
}

TEST_F(ConsumerScenario, TheNextOfTheGroupGoesOnFromTheStoredOffset) {
    kafka_.create_topic(topic, 1);
    write(0, 20);
    {
        Member first(config());
        ASSERT_TRUE(first.consume_until([&] { return first.values.size() >= 20; }));
        first.handled[0] = 12;
        first.store_all();
        first.consumer->close(std::chrono::seconds(10), first);
    }
    Member second(config());
    ASSERT_TRUE(second.consume_until([&] { return second.values.size() >= 8; }));
    EXPECT_EQ(second.offsets[0], upto(20, 12));
}

TEST_F(ConsumerScenario, WithoutAStoredOffsetNothingIsCommitted) {
    kafka_.create_topic(topic, 1);
    write(0, 20);
    {
        Member first(config());
        ASSERT_TRUE(first.consume_until([&] { return first.values.size() >= 20; }));
        first.handled.clear();
        first.consumer->close(std::chrono::seconds(10), first);
    }
    Member second(config());
    ASSERT_TRUE(second.consume_until([&] { return second.values.size() >= 20; }));
    EXPECT_EQ(second.offsets[0], upto(20));
}

TEST_F(ConsumerScenario, CommitsPeriodicallyWithoutBeingClosed) {
    kafka_.create_topic(topic, 1);
    write(0, 20);
    auto session = config();
    session.group_instance_id = "source-1";
    {
        Member first(session);
        ASSERT_TRUE(first.consume_until([&] { return first.values.size() >= 20; }));
        first.store_all();
        // The lag comes with the statistics and counts from the committed offset.
        ASSERT_TRUE(first.consume_until([&] {
            const auto lag = first.consumer->lag();
            return lag.size() == 1 && lag[0].partition == 0 && lag[0].uncommitted == 0;
        }));
    }
    write(0, 1);
    Member second(session);
    ASSERT_TRUE(second.consume_until([&] { return !second.values.empty(); }));
    EXPECT_EQ(second.offsets[0], upto(21, 20));
}

TEST_F(ConsumerScenario, ReportsItsLag) {
    kafka_.create_topic(topic, 1);
    write(0, 30);
    auto settings = config();
    settings.kafka.properties["statistics.interval.ms"] = "100";
    Member member(settings);
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 30; }));
    member.consumer->store_offset(0, 10);
    ASSERT_TRUE(member.consume_until([&] {
        const auto lag = member.consumer->lag();
        return lag.size() == 1 && lag[0].uncommitted == 20;
    }));
}

TEST_F(ConsumerScenario, AnOffsetOfAPartitionNotAssignedIsIgnored) {
    kafka_.create_topic(topic, 1);
    write(0, 1);
    Member member(config());
    member.consumer->store_offset(0, 5);
    member.consumer->store_offset(17, 5);
    ASSERT_TRUE(member.consume_until([&] { return !member.values.empty(); }));
    EXPECT_EQ(member.offsets[0], upto(1));
}

TEST_F(ConsumerScenario, WithoutRoomForRecordsNoneIsLostOrRepeated) {
    kafka_.create_topic(topic, 2);
    Member member(config());
    for (int round = 0; round < 20; ++round) {
        write(0, 50);
        write(1, 50);
        // In the middle of what is prefetched.
        const auto target = std::size_t{100} * static_cast<std::size_t>(round) + 30;
        ASSERT_TRUE(pump(member, [&] { member.consume(7); }, [&] { return member.values.size() >= target; }));
        const auto before = member.values.size();
        for (int i = 0; i < 50; ++i) {
            member.consume(0);
        }
        EXPECT_EQ(member.values.size(), before) << "a record without room for it";
        ASSERT_TRUE(
            member.consume_until([&] { return member.values.size() >= std::size_t(round + 1) * 100; }));
    }
    EXPECT_EQ(member.offsets[0], upto(1000));
    EXPECT_EQ(member.offsets[1], upto(1000));
}

TEST_F(ConsumerScenario, WithoutRoomForRecordsItStaysInTheGroup) {
    kafka_.create_topic(topic, 2);
    write(0, 10);
    write(1, 10);
    auto settings = config();
    settings.session_timeout = std::chrono::milliseconds(4000);
    settings.max_poll_interval = std::chrono::milliseconds(4000);
    Member member(settings);
    Stalled stalled{member};
    ASSERT_TRUE(stalled.serve_until([&] { return member.assigned.size() == 2; }));
    const auto end = runtime::PollSet::Clock::now() + 2 * settings.max_poll_interval;
    ASSERT_TRUE(stalled.serve_until([&] { return runtime::PollSet::Clock::now() >= end; }));
    EXPECT_THAT(member.values, IsEmpty());
    EXPECT_EQ(member.assigned.size(), 2U);
    EXPECT_EQ(member.revocations, 0);
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 20; }));
    EXPECT_EQ(member.offsets[0], upto(10));
    EXPECT_EQ(member.offsets[1], upto(10));
}

TEST_F(ConsumerScenario, WithoutRoomForRecordsItGivesPartitionsUp) {
    kafka_.create_topic(topic, 2);
    Member first(config());
    Stalled stalled{first};
    ASSERT_TRUE(stalled.serve_until([&] { return first.assigned.size() == 2; }));
    Member second(config());
    Stalled both{first, &second};
    ASSERT_TRUE(both.serve_until([&] { return first.assigned.size() == 1 && second.assigned.size() == 1; }));
}

TEST_F(ConsumerScenario, APartitionWithoutRoomWaitsAndNoOtherDoes) {
    kafka_.create_topic(topic, 3);
    write(0, 50);
    Member member(config());
    member.room_of_partition = [&](std::int32_t partition) {
        return partition == 0 ? 5 - member.offsets[0].size() : std::size_t{100};
    };
    ASSERT_TRUE(member.consume_until([&] { return member.offsets[0].size() == 5; }));
    for (int round = 1; round <= 3; ++round) {
        write(1, 100);
        write(2, 100);
        const auto count = static_cast<std::size_t>(round) * 100;
        ASSERT_TRUE(member.consume_until(
            [&] { return member.offsets[1].size() == count && member.offsets[2].size() == count; }));
    }
    EXPECT_EQ(member.offsets[0], upto(5));
    member.room_of_partition = {};
    ASSERT_TRUE(member.consume_until([&] { return member.offsets[0].size() >= 50; }));
    EXPECT_EQ(member.offsets[0], upto(50));
}

TEST_F(ConsumerScenario, AGroupThatBeganAtTheEndMissesNothingAfterARestart) {
    kafka_.create_topic(topic, 2);
    write(0, 10);
    auto settings = config();
    settings.auto_offset_reset = "latest";
    {
        Member first(settings);
        ASSERT_TRUE(first.consume_until([&] { return first.assigned.size() == 2; }));
        // Nothing is read, and nothing stored.
        first.consumer->close(std::chrono::seconds(10), first);
    }
    write(0, 5);
    write(1, 5);
    Member second(settings);
    ASSERT_TRUE(second.consume_until([&] { return second.values.size() >= 10; }));
    EXPECT_EQ(second.offsets[0], upto(15, 10));
    EXPECT_EQ(second.offsets[1], upto(5));
}

TEST_F(ConsumerScenario, AnOffsetBeyondTheEndIsReadFromTheBeginning) {
    kafka_.create_topic(topic, 1);
    write(0, 5);
    auto settings = config();
    settings.auto_offset_reset = "latest";
    {
        Member first(settings);
        ASSERT_TRUE(first.consume_until([&] { return first.assigned.size() == 1; }));
        first.consumer->store_offset(0, 700);
        first.consumer->close(std::chrono::seconds(10), first);
    }
    Member second(settings);
    ASSERT_TRUE(second.consume_until([&] { return second.values.size() >= 5; }));
    EXPECT_EQ(second.offsets[0], upto(5));
    EXPECT_EQ(second.consumer->statistics().rewound_partitions, 1U);
}

TEST_F(ConsumerScenario, ATopicMadeAnewBehindTheGroupIsReadFromTheBeginning) {
    kafka_.create_topic(topic, 1);
    write(0, 20);
    // As if the record before offset 12 had been another one.
    std::array<char, 512> message{};
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", kafka_.config(topic).brokers.c_str(), message.data(),
                      message.size());
    rd_kafka_conf_set(conf, "group.id", "group", message.data(), message.size());
    const ClientHandle other(rd_kafka_new(RD_KAFKA_CONSUMER, conf, message.data(), message.size()));
    CommitList commit(topic);
    commit.add(0, 12, RecordMark{.offset = 11, .timestamp_ms = 5, .checksum = 5});
    ASSERT_EQ(rd_kafka_commit(other.get(), commit.get(), 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    Member member(config());
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 20; }));
    EXPECT_EQ(member.offsets[0], upto(20));
    EXPECT_EQ(member.consumer->statistics().rewound_partitions, 1U);
}

TEST_F(ConsumerScenario, ErrorEndsAGroupWithoutOffset) {
    kafka_.create_topic(topic, 1);
    auto settings = config();
    settings.auto_offset_reset = "error";
    Member member(settings);
    EXPECT_THROW(member.consume_until([] { return false; }), runtime::Failure);
    const auto start = runtime::PollSet::Clock::now();
    member.consumer->close(std::chrono::seconds(10), member);
    EXPECT_LT(runtime::PollSet::Clock::now() - start, std::chrono::seconds(5));
}

TEST_F(ConsumerScenario, SaysThatAllBrokersOweAnswers) {
    kafka_.create_topic(topic, 1);
    write(0, 10);
    Member member(config());
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 10; }));
    kafka_.slow_down(std::chrono::seconds(60));
    const auto frozen_at = runtime::PollSet::Clock::now();
    ASSERT_TRUE(member.consume_until([&] { return !member.consumer->problem().empty(); }));
    EXPECT_LT(runtime::PollSet::Clock::now() - frozen_at, std::chrono::seconds(10));
    EXPECT_THAT(member.consumer->problem(), testing::HasSubstr("Kafka does not answer"));
}

TEST_F(ConsumerScenario, ARebalanceIsNotABrokerThatAnswers) {
    kafka_.create_topic(topic, 1);
    write(0, 10);
    auto settings = config();
    settings.session_timeout = std::chrono::milliseconds(3000);
    Member member(settings);
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 10; }));
    kafka_.all_down();
    ASSERT_TRUE(member.consume_until([&] { return !member.consumer->problem().empty(); }));
    // librdkafka gives the partitions up by itself when the session ends.
    ASSERT_TRUE(member.consume_until([&] { return member.losses > 0; }));
    EXPECT_NE(member.consumer->problem(), "");
    EXPECT_EQ(member.revocations, 0) << "partitions that are lost are not drained and committed";
    kafka_.all_up();
    write(0, 10);
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 20; }));
    EXPECT_EQ(member.consumer->problem(), "");
}

// librdkafka 2.0.2 looks at a full queue again after up to a second: 125 of them in a row would take longer
// than a test may.
TEST_F(ConsumerScenario, AFullPrefetchQueueDoesNotHoldUpFetching) {
    kafka_.create_topic(topic, 1);
    for (int batch = 0; batch < 125; ++batch) {
        write(0, 8, 4096);
    }
    auto settings = config();
    settings.prefetch_bytes = 32 << 10;
    settings.kafka.properties["fetch.message.max.bytes"] = "32768";
    Member member(settings);
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 1000; }));
    EXPECT_EQ(member.offsets[0], upto(1000));
}

/// Two consumers that are served by one loop.
struct Two {
    Member& first;
    Member& second;
    void add_to(runtime::PollSet& poll_set) const {
        first.add_to(poll_set);
        second.add_to(poll_set);
    }
    bool consume_until(const std::function<bool()>& done) {
        return pump(
            *this,
            [this] {
                first.consume(20);
                second.consume(20);
            },
            done);
    }
};

class GroupScenario : public ConsumerScenario, public testing::WithParamInterface<const char*> {};

TEST_P(GroupScenario, MembersJoinAndLeaveAndNothingIsSkipped) {
    kafka_.create_topic(topic, 4);
    for (int partition = 0; partition < 4; ++partition) {
        write(partition, 100);
    }
    auto settings = config();
    settings.partition_assignment_strategy = GetParam();
    settings.session_timeout = std::chrono::seconds(6);

    Member first(settings);
    ASSERT_TRUE(
        first.consume_until([&] { return first.assigned.size() == 4 && first.values.size() >= 100; }));
    {
        Member second(settings);
        Two both{first, second};
        ASSERT_TRUE(
            both.consume_until([&] { return first.assigned.size() == 2 && second.assigned.size() == 2; }));
        EXPECT_GE(first.revocations, 1);
        for (int partition = 0; partition < 4; ++partition) {
            write(partition, 100);
        }
        ASSERT_TRUE(both.consume_until(
            [&] { return !second.values.empty() && first.values.size() + second.values.size() >= 800; }));
        second.consumer->close(std::chrono::seconds(10), second);
        for (const auto& [partition, offsets] : second.offsets) {
            auto& all = first.offsets[partition];
            all.insert(all.end(), offsets.begin(), offsets.end());
        }
    }
    ASSERT_TRUE(first.consume_until([&] { return first.assigned.size() == 4; }));
    for (int partition = 0; partition < 4; ++partition) {
        write(partition, 1);
    }
    ASSERT_TRUE(first.consume_until([&] {
        return std::all_of(first.handled.begin(), first.handled.end(),
                           [](const auto& handled) { return handled.second == 201; });
    }));
    for (int partition = 0; partition < 4; ++partition) {
        auto offsets = first.offsets[partition];
        std::sort(offsets.begin(), offsets.end());
        // The mock coordinator refuses every commit while it rebalances, so records are read again.
        offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
        EXPECT_EQ(offsets, upto(201));
    }
}

INSTANTIATE_TEST_SUITE_P(Strategies, GroupScenario,
                         testing::Values("roundrobin", "range", "cooperative-sticky"),
                         [](const auto& info) { return std::string(info.param).substr(0, 5); });

TEST_F(ConsumerScenario, GoesOnWhenBrokersWereAway) {
    kafka_.create_topic(topic, 1);
    write(0, 10);
    Member member(config());
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 10; }));
    kafka_.all_down();
    ASSERT_TRUE(member.consume_until([&] { return !member.consumer->problem().empty(); }));
    kafka_.all_up();
    write(0, 10);
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 20; }));
    EXPECT_EQ(member.consumer->problem(), "");
    EXPECT_EQ(member.offsets[0], upto(20));
}

TEST_F(ConsumerScenario, NoErrorOfAFetchStopsIt) {
    kafka_.create_topic(topic, 1);
    write(0, 10);
    Member member(config());
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 10; }));
    kafka_.fail_requests(
        fetch_request, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT,
                        RD_KAFKA_RESP_ERR_UNKNOWN});
    write(0, 10);
    ASSERT_TRUE(member.consume_until([&] { return member.values.size() >= 20; }));
    EXPECT_EQ(member.offsets[0], upto(20));
    EXPECT_EQ(member.consumer->problem(), "");
}

TEST_F(ConsumerScenario, ABrokerThatLetsNobodyReadEndsItAtTheStart) {
    kafka_.create_topic(topic, 1);
    kafka_.fail_requests(fetch_request, std::vector(100, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
    Member member(config());
    try {
        member.consume_until([] { return false; });
        FAIL() << "it went on";
    } catch (const runtime::Failure& failure) {
        EXPECT_EQ(failure.kind(), runtime::FailureKind::not_permitted);
        EXPECT_THAT(failure.what(), testing::HasSubstr("Read"));
    }
}

TEST_F(ConsumerScenario, ClosesInTimeWithBrokersAway) {
    kafka_.create_topic(topic, 1);
    write(0, 10);
    auto member = std::make_unique<Member>(config());
    ASSERT_TRUE(member->consume_until([&] { return member->values.size() >= 10; }));
    kafka_.all_down();
    member->store_all();
    const auto start = runtime::PollSet::Clock::now();
    member->consumer->close(std::chrono::seconds(1), *member);
    member.reset();
    EXPECT_LT(runtime::PollSet::Clock::now() - start, std::chrono::seconds(10));
}

TEST_F(ConsumerScenario, ClosesInTimeWithBrokersThatDoNotAnswer) {
    kafka_.create_topic(topic, 1);
    write(0, 10);
    auto member = std::make_unique<Member>(config());
    ASSERT_TRUE(member->consume_until([&] { return member->values.size() >= 10; }));
    kafka_.slow_down(std::chrono::seconds(60));
    member->store_all();
    const auto start = runtime::PollSet::Clock::now();
    member->consumer->close(std::chrono::seconds(1), *member);
    member.reset();
    EXPECT_LT(runtime::PollSet::Clock::now() - start, std::chrono::seconds(10));
}

TEST_F(ConsumerScenario, RefusesASettingThatLibrdkafkaRefuses) {
    auto settings = config();
    settings.partition_assignment_strategy = "cleverest";
    try {
        const Member member(settings);
        FAIL() << "opened";
    } catch (const runtime::Failure& error) {
        EXPECT_EQ(error.kind(), runtime::FailureKind::misconfigured);
        EXPECT_THAT(error.what(), testing::HasSubstr("partition.assignment.strategy"));
    }
}

}  // namespace
}  // namespace framebridge::kafka
