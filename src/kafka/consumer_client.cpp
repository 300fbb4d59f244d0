#include "kafka/consumer_client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

/// How long the client's threads may take to end.
constexpr std::chrono::milliseconds destroy_limit = std::chrono::seconds(1);

/// Less would cost more in requests than it saves in memory.
constexpr std::size_t min_partition_prefetch = std::size_t{1} << 20;

/// librdkafka's limit holds for each queue, and each partition has its own.
std::size_t partition_prefetch(const ConsumerConfig& config) {
    const auto share = config.prefetch_bytes / static_cast<std::size_t>(std::max(1, config.topic_partitions));
    return std::max(share, std::min(config.prefetch_bytes, min_partition_prefetch));
}

std::string milliseconds(std::chrono::milliseconds time) {
    return std::to_string(time.count());
}

ConfHandle consumer_conf(const ConsumerConfig& config) {
    // The group's coordinator wants three heartbeats in a session.
    const auto heartbeat =
        std::min<std::chrono::milliseconds>(std::chrono::seconds(3), config.session_timeout / 3);
    Properties settings{
        {"group.id", config.group_id},
        // For offsets that go while it runs. Where to begin is decided at the assignment.
        {"auto.offset.reset", config.auto_offset_reset == "error" ? "error" : "earliest"},
        {"partition.assignment.strategy", config.partition_assignment_strategy},
        // With metadata, which librdkafka's own commits do not have: see GroupOffsets.
        {"enable.auto.commit", "false"},
        {"max.poll.interval.ms", milliseconds(config.max_poll_interval)},
        {"session.timeout.ms", milliseconds(config.session_timeout)},
    };
    if (!config.group_instance_id.empty()) {
        settings.emplace_back("group.instance.id", config.group_instance_id);
    }
    const auto prefetch_kbytes = std::clamp<std::size_t>(partition_prefetch(config) >> 10, 1, 2'097'151);
    auto conf = make_valid_conf(config.kafka, Role::consumer,
                                {{"heartbeat.interval.ms", milliseconds(heartbeat)},
                                 {"queued.max.messages.kbytes", std::to_string(prefetch_kbytes)},
                                 {"statistics.interval.ms", "2000"}},
                                settings);
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS |
                                             RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT);
    return conf;
}

}  // namespace

ConsumerClient::ConsumerClient(const ConsumerConfig& config)
    : config_(config), client_(make_client(consumer_conf(config), Role::consumer, *log_)) {
    rd_kafka_poll_set_consumer(client_.get());
    const PartitionListHandle topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), config.kafka.topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto error = rd_kafka_subscribe(client_.get(), topics.get());
        error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw runtime::Failure(
            runtime::FailureKind::misconfigured,
            "cannot subscribe to --kafka-topic '" + config.kafka.topic + "': " + rd_kafka_err2str(error));
    }
}

ConsumerClient::~ConsumerClient() {
    if (!must_not_be_destroyed()) {
        destroy_within(destroy_limit, std::move(client_), log_);
        return;
    }
    // The client's threads live on, silent, until the process ends; so does their log, which no destructor
    // at exit may take from them.
    log_->mute();
    static auto& logs = *new std::vector<std::shared_ptr<ClientLog>>;
    logs.push_back(log_);
    (void)client_.release();
}

bool ConsumerClient::cooperative() const {
    const auto* protocol = rd_kafka_rebalance_protocol(client_.get());
    return protocol != nullptr && std::strcmp(protocol, "COOPERATIVE") == 0;
}

/// librdkafka before 2.3.0 aborts the process when a member with a sticky assignor is destroyed that joined
/// the group, but was not assigned anything yet (its pull request 4381).
bool ConsumerClient::must_not_be_destroyed() const {
    constexpr int repaired = 0x020300ff;
    return rd_kafka_version() < repaired && !was_assigned_ &&
           config_.partition_assignment_strategy.find("cooperative-sticky") != std::string::npos;
}

void ConsumerClient::fail() const {
    std::array<char, 512> reason{};
    const auto code = rd_kafka_fatal_error(client_.get(), reason.data(), reason.size());
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
        throw runtime::Failure(runtime::FailureKind::unavailable,
                               "another member of group '" + config_.group_id +
                                   "' runs with --group-instance-id '" + config_.group_instance_id +
                                   "' and took its place: give each source its own");
    }
    throw runtime::Failure(runtime::FailureKind::unavailable,
                           std::string("the Kafka consumer cannot go on: ") + reason.data());
}

}  // namespace framebridge::kafka
