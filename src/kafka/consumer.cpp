#include "kafka/consumer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "kafka/client_conf.h"
#include "kafka/client_health.h"
#include "kafka/event_fd.h"
#include "kafka/fetch_waker.h"
#include "kafka/handles.h"
#include "runtime/failure.h"
#include "runtime/rate_limit.h"

namespace framebridge::kafka {
namespace {

using Clock = runtime::PollSet::Clock;
using Partitions = std::vector<std::int32_t>;

/// How long the commit of partitions to be given up may take.
constexpr std::chrono::milliseconds commit_limit = std::chrono::seconds(5);
/// How long the client's threads may take to end.
constexpr std::chrono::milliseconds destroy_limit = std::chrono::seconds(1);

std::string milliseconds(std::chrono::milliseconds time) {
    return std::to_string(time.count());
}

ConfHandle consumer_conf(const ConsumerConfig& config) {
    // The group's coordinator wants three heartbeats in a session.
    const auto heartbeat =
        std::min<std::chrono::milliseconds>(std::chrono::seconds(3), config.session_timeout / 3);
    Properties settings{
        {"group.id", config.group_id},
        {"auto.offset.reset", config.auto_offset_reset},
        {"partition.assignment.strategy", config.partition_assignment_strategy},
        {"auto.commit.interval.ms", milliseconds(config.auto_commit_interval)},
        {"max.poll.interval.ms", milliseconds(config.max_poll_interval)},
        {"session.timeout.ms", milliseconds(config.session_timeout)},
    };
    if (!config.group_instance_id.empty()) {
        settings.emplace_back("group.instance.id", config.group_instance_id);
    }
    const auto prefetch_kbytes = std::clamp<std::size_t>(config.prefetch_bytes >> 10, 1, 2'097'151);
    auto conf = make_valid_conf(config.kafka, Role::consumer,
                                {{"heartbeat.interval.ms", milliseconds(heartbeat)},
                                 {"queued.max.messages.kbytes", std::to_string(prefetch_kbytes)},
                                 {"statistics.interval.ms", "5000"}},
                                settings);
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS |
                                             RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT);
    return conf;
}

/// Records come through a queue of their own, which may be left alone for as long as their user has no room;
/// meanwhile the group's events are served. Pausing the partitions instead would throw away and fetch again
/// what is prefetched, and librdkafka 2.0.2 starts a partition anew, however far it was read, that was paused
/// while its first offset was being looked up.
class RdKafkaConsumer final : public Consumer {
  public:
    RdKafkaConsumer(ConsumerConfig config, RebalanceListener& listener)
        : config_(std::move(config)), listener_(listener) {
        client_ = make_client(consumer_conf(config_), Role::consumer, *log_);
        rd_kafka_poll_set_consumer(client_.get());
        group_queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
        group_fd_.watch(group_queue_.get());
        record_queue_.reset(rd_kafka_queue_new(client_.get()));
        record_fd_.watch(record_queue_.get());
        fetch_waker_.emplace(client_.get());
        const auto topics = list({RD_KAFKA_PARTITION_UA});
        if (const auto error = rd_kafka_subscribe(client_.get(), topics.get());
            error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw runtime::Failure(runtime::FailureKind::misconfigured,
                                   "cannot subscribe to --kafka-topic '" + config_.kafka.topic +
                                       "': " + rd_kafka_err2str(error));
        }
    }

    ~RdKafkaConsumer() override {
        group_fd_.forget(group_queue_.get());
        group_queue_.reset();
        record_fd_.forget(record_queue_.get());
        record_queue_.reset();
        if (must_not_be_destroyed()) {
            leave_behind();
        } else {
            destroy_within(destroy_limit, std::move(client_), log_);
        }
    }

    void consume(std::size_t max_records, std::vector<ConsumedRecord>& records) override {
        group_fd_.clear();
        while (EventHandle event{rd_kafka_queue_poll(group_queue_.get(), 0)}) {
            serve(event.get());
        }
        if (max_records > 0) {
            take(max_records, records);
        }
    }

    void store_offset(std::int32_t partition, std::int64_t next_offset) override {
        const auto offsets = list({partition});
        offsets->elems[0].offset = next_offset;
        // It fails for a partition that is not assigned (any more), which its next owner reads on from its
        // own offset.
        if (const auto error = rd_kafka_offsets_store(client_.get(), offsets.get());
            error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            spdlog::debug("kafka: offset {} of partition {} is not stored: {}", next_offset, partition,
                          rd_kafka_err2str(error));
        }
    }

    void add_to(runtime::PollSet& poll_set) override {
        add_group_to(poll_set);
        if (more_records_) {
            poll_set.wake_at(Clock::now());
        }
        poll_set.add_fd(record_fd_.fd(), runtime::PollEvents::readable);
    }

    void add_group_to(runtime::PollSet& poll_set) override {
        poll_set.add_fd(group_fd_.fd(), runtime::PollEvents::readable);
        poll_set.wake_at(Clock::now() + config_.max_poll_interval / 2);
    }

    void close(std::chrono::milliseconds limit) override {
        close_at_ = Clock::now() + limit;
        const ErrorHandle error(rd_kafka_consumer_close_queue(client_.get(), group_queue_.get()));
        while (!error && !rd_kafka_consumer_closed(client_.get())) {
            if (Clock::now() >= close_at_) {
                spdlog::warn(
                    "kafka: the group did not answer in time: left without its consent, offsets of the last "
                    "records may not be committed and these be sent again");
                break;
            }
            if (EventHandle event{rd_kafka_queue_poll(group_queue_.get(), left_to_close(commit_limit))}) {
                serve(event.get());
            }
        }
    }

    [[nodiscard]] bool healthy() const override { return health_.reachable(); }
    [[nodiscard]] std::vector<PartitionLag> lag() const override { return lag_; }

  private:
    void serve(rd_kafka_event_t* event) {
        switch (rd_kafka_event_type(event)) {
            case RD_KAFKA_EVENT_REBALANCE:
                rebalance(event);
                break;
            case RD_KAFKA_EVENT_ERROR:
                on_error(rd_kafka_event_error(event), rd_kafka_event_error_string(event));
                break;
            case RD_KAFKA_EVENT_OFFSET_COMMIT:
                on_commit(rd_kafka_event_error(event));
                break;
            case RD_KAFKA_EVENT_STATS:
                on_statistics(rd_kafka_event_stats(event));
                break;
            default:
                break;
        }
    }

    void take(std::size_t max_records, std::vector<ConsumedRecord>& records) {
        record_fd_.clear();
        batch_.resize(max_records);
        const auto count = rd_kafka_consume_batch_queue(record_queue_.get(), 0, batch_.data(), batch_.size());
        more_records_ = count == static_cast<ssize_t>(max_records);
        records.reserve(records.size() + max_records);
        std::vector<std::shared_ptr<rd_kafka_message_t>> failed;
        for (ssize_t index = 0; index < count; ++index) {
            const auto* message = batch_[static_cast<std::size_t>(index)];
            std::shared_ptr<rd_kafka_message_t> owner(batch_[static_cast<std::size_t>(index)],
                                                      rd_kafka_message_destroy);
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                failed.push_back(std::move(owner));
                continue;
            }
            fetch_waker_->taken(message->key_len + message->len);
            records.push_back({.owner = std::move(owner),
                               .partition = message->partition,
                               .offset = message->offset,
                               .key = {static_cast<const char*>(message->key), message->key_len},
                               .value = {static_cast<const char*>(message->payload), message->len}});
        }
        if (count > static_cast<ssize_t>(failed.size())) {
            health_.reached();
        }
        if (fetch_waker_->due() && !assigned_.empty()) {
            fetch_waker_->wake(list(assigned_).get());
        }
        for (const auto& message : failed) {
            on_error(message->err, rd_kafka_message_errstr(message.get()));
        }
    }

    void rebalance(rd_kafka_event_t* event) {
        const auto* changed = rd_kafka_event_topic_partition_list(event);
        Partitions partitions;
        for (int i = 0; i < changed->cnt; ++i) {
            partitions.push_back(changed->elems[i].partition);
        }
        health_.reached();
        if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
            assign(partitions, changed);
        } else {
            give_up(partitions, changed);
        }
    }

    void assign(const Partitions& partitions, const rd_kafka_topic_partition_list_t* changed) {
        for (const auto partition : partitions) {
            forward_records(partition);
        }
        if (cooperative()) {
            report(rd_kafka_incremental_assign(client_.get(), changed));
        } else {
            report(rd_kafka_assign(client_.get(), changed));
        }
        was_assigned_ = true;
        assigned_.insert(assigned_.end(), partitions.begin(), partitions.end());
        spdlog::info("kafka: {} partitions assigned, {} in all", partitions.size(), assigned_.size());
        listener_.on_assigned(partitions);
    }

    void give_up(const Partitions& partitions, const rd_kafka_topic_partition_list_t* changed) {
        if (rd_kafka_assignment_lost(client_.get())) {
            spdlog::warn("kafka: {} partitions lost: the group took this consumer for dead",
                         partitions.size());
            listener_.on_lost(partitions);
        } else {
            listener_.on_revoked(partitions);
            commit();
            spdlog::info("kafka: {} partitions given up", partitions.size());
        }
        const auto given_up = [&partitions](std::int32_t partition) {
            return std::find(partitions.begin(), partitions.end(), partition) != partitions.end();
        };
        std::erase_if(assigned_, given_up);
        std::erase_if(lag_, [&](const PartitionLag& lag) { return given_up(lag.partition); });
        if (cooperative()) {
            report(rd_kafka_incremental_unassign(client_.get(), changed));
        } else {
            report(rd_kafka_assign(client_.get(), nullptr));
        }
    }

    /// To be done before each assignment: librdkafka forgets it with the partition.
    void forward_records(std::int32_t partition) {
        const QueueHandle queue(
            rd_kafka_queue_get_partition(client_.get(), config_.kafka.topic.c_str(), partition));
        rd_kafka_queue_forward(queue.get(), record_queue_.get());
    }

    void commit() {
        const QueueHandle answer(rd_kafka_queue_new(client_.get()));
        const auto error = rd_kafka_commit_queue(client_.get(), nullptr, answer.get(), nullptr, nullptr);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            on_commit(error);
            return;
        }
        const EventHandle event(rd_kafka_queue_poll(answer.get(), left_to_close(commit_limit)));
        on_commit(event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT);
    }

    /// In milliseconds, for librdkafka: `limit`, or less while closing.
    [[nodiscard]] int left_to_close(std::chrono::milliseconds limit) const {
        if (close_at_ == Clock::time_point::max()) {
            return static_cast<int>(limit.count());
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(close_at_ - Clock::now());
        return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), limit).count());
    }

    void on_commit(rd_kafka_resp_err_t error) {
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            health_.reached();
        } else if (error != RD_KAFKA_RESP_ERR__NO_OFFSET) {
            log_->error(error,
                        (std::string("offsets were not committed: ") + rd_kafka_err2str(error)).c_str());
        }
    }

    void on_error(rd_kafka_resp_err_t code, const char* text) {
        switch (code) {
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                return;
            case RD_KAFKA_RESP_ERR__FATAL:
                fail();
            case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
                health_.all_brokers_down();
                break;
            default:
                break;
        }
        log_->error(code, text);
    }

    [[noreturn]] void fail() {
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

    void on_statistics(const char* text) {
        const auto statistics = parse_statistics(text);
        health_.statistics(statistics);
        lag_.clear();
        const nlohmann::json::json_pointer path("/topics");
        if (!statistics.contains(path) || !statistics[path].contains(config_.kafka.topic)) {
            return;
        }
        const auto& topic = statistics[path][config_.kafka.topic];
        for (const auto partition : assigned_) {
            const nlohmann::json::json_pointer place("/partitions/" + std::to_string(partition) +
                                                     "/consumer_lag");
            const auto records = topic.value(place, std::int64_t{-1});
            if (records >= 0) {
                lag_.push_back({partition, records});
            }
        }
    }

    /// librdkafka before 2.3.0 aborts the process when a member with a sticky assignor is destroyed that
    /// joined the group, but was not assigned anything yet (its pull request 4381).
    [[nodiscard]] bool must_not_be_destroyed() const {
        constexpr int repaired = 0x020300ff;
        return rd_kafka_version() < repaired && !was_assigned_ &&
               config_.partition_assignment_strategy.find("cooperative-sticky") != std::string::npos;
    }

    /// The client's threads live on, silent, until the process ends; so does their log, which no destructor
    /// at exit may take from them.
    void leave_behind() {
        log_->mute();
        static auto& logs = *new std::vector<std::shared_ptr<ClientLog>>;
        logs.push_back(log_);
        (void)client_.release();
    }

    [[nodiscard]] bool cooperative() const {
        const auto* protocol = rd_kafka_rebalance_protocol(client_.get());
        return protocol && std::strcmp(protocol, "COOPERATIVE") == 0;
    }

    void report(rd_kafka_error_t* result) {
        if (const ErrorHandle error{result}) {
            log_->error(rd_kafka_error_code(error.get()), rd_kafka_error_string(error.get()));
        }
    }

    void report(rd_kafka_resp_err_t error) {
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            log_->error(error, rd_kafka_err2str(error));
        }
    }

    [[nodiscard]] PartitionListHandle list(const Partitions& partitions) const {
        PartitionListHandle result(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
        for (const auto partition : partitions) {
            rd_kafka_topic_partition_list_add(result.get(), config_.kafka.topic.c_str(), partition);
        }
        return result;
    }

    ConsumerConfig config_;
    RebalanceListener& listener_;
    std::shared_ptr<ClientLog> log_ = std::make_shared<ClientLog>();
    ClientHealth health_;
    EventFd group_fd_;
    EventFd record_fd_;
    Partitions assigned_;
    std::vector<PartitionLag> lag_;
    std::vector<rd_kafka_message_t*> batch_;
    bool more_records_ = false;
    bool was_assigned_ = false;
    Clock::time_point close_at_ = Clock::time_point::max();
    ClientHandle client_;
    QueueHandle group_queue_;
    QueueHandle record_queue_;
    std::optional<FetchWaker> fetch_waker_;
};

}  // namespace

std::unique_ptr<Consumer> open_consumer(ConsumerConfig config, RebalanceListener& listener) {
    return std::make_unique<RdKafkaConsumer>(std::move(config), listener);
}

}  // namespace framebridge::kafka
