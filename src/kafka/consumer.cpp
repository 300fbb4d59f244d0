#include "kafka/consumer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "kafka/client_health.h"
#include "kafka/consumer_client.h"
#include "kafka/continuity.h"
#include "kafka/event_fd.h"
#include "kafka/group_offsets.h"
#include "kafka/handles.h"
#include "kafka/partition_queues.h"
#include "kafka/security_hint.h"
#include "kafka/start_offsets.h"
#include "kafka/topic_watch.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using Clock = runtime::PollSet::Clock;
using Partitions = std::vector<std::int32_t>;

/// How long the commit of partitions to be given up may take.
constexpr std::chrono::milliseconds commit_limit = std::chrono::seconds(5);

/// librdkafka reads a message's headers when it is first asked for them, and keeps them with it.
std::vector<std::string_view> parts_of(const rd_kafka_message_t& message) {
    std::vector<std::string_view> parts;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return parts;
    }
    const void* value = nullptr;
    std::size_t size = 0;
    while (rd_kafka_header_get(headers, parts.size(), "framebridge-part", &value, &size) ==
           RD_KAFKA_RESP_ERR_NO_ERROR) {
        parts.emplace_back(static_cast<const char*>(value), size);
    }
    return parts;
}
/// How long after the start a refusal of the broker ends the consumer.
constexpr auto first_success_limit = std::chrono::seconds(10);

/// Partitions given to this member, while it is asked where to begin in them.
struct Assignment {
    Assignment(rd_kafka_t* client, const ClientConfig& config, Partitions partition_numbers,
               PartitionListHandle list)
        : numbers(std::move(partition_numbers)),
          partitions(std::move(list)),
          query(client, config, numbers) {}

    Partitions numbers;
    PartitionListHandle partitions;
    TopicStateQuery query;
};

class RdKafkaConsumer final : public Consumer {
  public:
    explicit RdKafkaConsumer(ConsumerConfig config)
        : config_(std::move(config)),
          health_(config_.kafka.brokers),
          continuity_(config_.kafka.topic, config_.group_id),
          offsets_(config_.kafka.topic),
          watch_(config_.kafka),
          unreadable_(config_.kafka, config_.unreadable_record),
          client_(config_),
          queues_(client_.get(), config_.kafka.topic),
          group_queue_(rd_kafka_queue_get_consumer(client_.get())),
          commit_answers_(rd_kafka_queue_new(client_.get())) {
        group_fd_.watch(group_queue_.get());
    }

    ~RdKafkaConsumer() override { EventFd::forget(group_queue_.get()); }

    void consume(const Room& room, RebalanceListener& listener,
                 std::vector<ConsumedRecord>& records) override {
        group_fd_.clear();
        while (const EventHandle event{rd_kafka_queue_poll(group_queue_.get(), 0)}) {
            serve(event.get(), listener);
        }
        if (assignment_ && assignment_->query.answer()) {
            start(listener);
        }
        for (const auto partition : watch_.take_remade(offsets_)) {
            read_from_beginning(partition);
        }
        if (room.records > 0) {
            take(room, records);
        }
        take_unreadable(records);
        for (const auto& [partition, offset] : unreadable_.take_seeks()) {
            seek(partition, offset);
        }
        commit_if_due();
    }

    void store_offset(std::int32_t partition, std::int64_t next_offset) override {
        offsets_.store(partition, next_offset);
    }

    void add_to(runtime::PollSet& poll_set, const Room& room) override {
        poll_set.add_fd(group_fd_.fd(), runtime::PollEvents::readable);
        poll_set.wake_at(Clock::now() + config_.max_poll_interval / 2);
        queues_.add_to(poll_set, room);
        watch_.add_to(poll_set);
        unreadable_.add_to(poll_set);
        if (commits_periodically() && offsets_.has_uncommitted()) {
            poll_set.wake_at(commit_at_);
        }
        if (assignment_) {
            poll_set.add_fd(assignment_->query.fd(), runtime::PollEvents::readable);
        }
    }

    void close(std::chrono::milliseconds limit, RebalanceListener& listener) override {
        close_at_ = Clock::now() + limit;
        if (assignment_) {
            // Nothing was read of it. librdkafka waits for an answer to each of its rebalances.
            assign(std::exchange(assignment_, nullptr)->partitions);
        }
        const ErrorHandle error(rd_kafka_consumer_close_queue(client_.get(), group_queue_.get()));
        while (!error && !rd_kafka_consumer_closed(client_.get())) {
            if (Clock::now() >= close_at_) {
                spdlog::warn(
                    "kafka: the group did not answer in time: left without its consent, offsets of the last "
                    "records may not be committed and these be sent again");
                break;
            }
            if (const EventHandle event{
                    rd_kafka_queue_poll(group_queue_.get(), left_to_close(commit_limit))}) {
                serve(event.get(), listener);
            }
        }
    }

    [[nodiscard]] std::string problem() const override {
        if (!health_.problem().empty()) {
            return health_.problem();
        }
        if (assignment_) {
            return assignment_->query.problem();
        }
        return refusal_.empty() ? unreadable_.problem() : refusal_;
    }
    [[nodiscard]] ConsumerStatistics statistics() const override {
        auto statistics = continuity_.statistics();
        statistics.unreadable_records = unreadable_records_;
        statistics.assigned_partitions = assigned_;
        statistics.revoked_partitions = revoked_;
        statistics.lost_partitions = lost_;
        statistics.commit_failures = commit_failures_;
        statistics.errors = client_.log().errors();
        return statistics;
    }

    [[nodiscard]] std::vector<PartitionLag> lag() const override {
        std::vector<PartitionLag> lags;
        for (const auto partition : queues_.partitions()) {
            auto& lag = lags.emplace_back();
            lag.partition = partition;
            if (const auto found = uncommitted_.find(partition); found != uncommitted_.end()) {
                lag.uncommitted = found->second;
            }
            std::int64_t low = RD_KAFKA_OFFSET_INVALID;
            std::int64_t high = RD_KAFKA_OFFSET_INVALID;
            const auto error = rd_kafka_get_watermark_offsets(client_.get(), config_.kafka.topic.c_str(),
                                                              partition, &low, &high);
            const auto next = continuity_.next(partition);
            if (error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 && next) {
                lag.unread = std::max<std::int64_t>(0, high - *next);
            }
        }
        return lags;
    }

  private:
    void serve(rd_kafka_event_t* event, RebalanceListener& listener) {
        switch (rd_kafka_event_type(event)) {
            case RD_KAFKA_EVENT_REBALANCE:
                rebalance(event, listener);
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

    void take(const Room& room, std::vector<ConsumedRecord>& records) {
        messages_.clear();
        queues_.take(room, messages_);
        for (auto& message : messages_) {
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                note_unreadable(*message);
                on_error(message->err, rd_kafka_message_errstr(message.get()));
                continue;
            }
            const auto verdict = unreadable_.record(message->partition, message->offset);
            if (verdict == UnreadableRecords::Verdict::discard) {
                continue;
            }
            if (verdict == UnreadableRecords::Verdict::hole) {
                take_unreadable(records);
            }
            health_.reached();
            refusal_.clear();
            has_read_ = true;
            continuity_.read(message->partition, message->offset);
            offsets_.read(message->partition, RecordMark::of(*message));
            const auto* raw = message.get();
            records.push_back({.owner = std::move(message),
                               .partition = raw->partition,
                               .offset = raw->offset,
                               .key = {static_cast<const char*>(raw->key), raw->key_len},
                               .value = {static_cast<const char*>(raw->payload), raw->len},
                               .timestamp_ms = rd_kafka_message_timestamp(raw, nullptr),
                               .parts = parts_of(*raw)});
        }
        messages_.clear();
    }

    void note_unreadable(const rd_kafka_message_t& message) {
        if (is_unreadable(message.err)) {
            const auto batch = std::max<std::int64_t>(0, message.offset);
            unreadable_.error(message.partition, continuity_.next(message.partition).value_or(batch), batch,
                              rd_kafka_message_errstr(&message));
        }
    }

    /// Gives out a record for each hole that is known now, and reads on behind it.
    void take_unreadable(std::vector<ConsumedRecord>& records) {
        for (auto& hole : unreadable_.take()) {
            const auto count = hole.end - hole.begin;
            unreadable_records_ += static_cast<std::uint64_t>(count);
            auto& record = records.emplace_back();
            record.partition = hole.partition;
            record.offset = hole.end - 1;
            record.first_offset = hole.begin;
            record.unreadable = fmt::format("{} records cannot be read (offsets {} to {}): {}", count,
                                            hole.begin, hole.end - 1, hole.reason);
            if (hole.read_on) {
                seek(hole.partition, hole.end);
            }
            continuity_.begin({.partition = hole.partition, .offset = hole.end});
        }
    }

    void seek(std::int32_t partition, std::int64_t offset) {
        const auto place = list({partition});
        place->elems[0].offset = offset;
        report(rd_kafka_seek_partitions(client_.get(), place.get(), 0));
    }

    void rebalance(rd_kafka_event_t* event, RebalanceListener& listener) {
        const auto* changed = rd_kafka_event_topic_partition_list(event);
        Partitions partitions;
        for (int i = 0; i < changed->cnt; ++i) {
            partitions.push_back(changed->elems[i].partition);
        }
        if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
            begin_assignment(partitions, changed);
        } else {
            if (assignment_) {
                start_unknown(listener);
            }
            give_up(partitions, changed, listener);
        }
    }

    /// Where to go on is asked for off the loop; meanwhile the group waits for this member, which is alive.
    void begin_assignment(const Partitions& partitions, const rd_kafka_topic_partition_list_t* changed) {
        PartitionListHandle copy(rd_kafka_topic_partition_list_copy(changed));
        if (partitions.empty()) {
            assign(copy);
            return;
        }
        assignment_ = std::make_unique<Assignment>(client_.get(), config_.kafka, partitions, std::move(copy));
    }

    void start(RebalanceListener& listener) {
        const auto assignment = std::exchange(assignment_, nullptr);
        const auto starts =
            find_start_offsets(assignment->numbers, *assignment->query.answer(), config_.auto_offset_reset);
        Partitions begun;
        for (const auto& start : starts) {
            auto* element = rd_kafka_topic_partition_list_find(assignment->partitions.get(),
                                                               config_.kafka.topic.c_str(), start.partition);
            if (element != nullptr) {
                element->offset = start.offset;
                queues_.add(start.partition);
                continuity_.begin(start);
                offsets_.begin(start.partition, start.mark);
            }
            if (start.commit) {
                begun.push_back(start.partition);
            }
        }
        assign(assignment->partitions);
        const auto first_offsets = list(begun);
        for (const auto& start : starts) {
            if (start.commit) {
                rd_kafka_topic_partition_list_set_offset(first_offsets.get(), config_.kafka.topic.c_str(),
                                                         start.partition, start.offset);
            }
        }
        if (!begun.empty()) {
            report(rd_kafka_commit(client_.get(), first_offsets.get(), 1));
        }
        client_.note_assignment();
        spdlog::info("kafka: {} partitions assigned, {} in all", assignment->numbers.size(),
                     queues_.partitions().size());
        listener.on_assigned(assignment->numbers);
    }

    /// A rebalance overtook the answer: the committed offsets are not checked.
    void start_unknown(RebalanceListener& listener) {
        const auto assignment = std::exchange(assignment_, nullptr);
        for (const auto partition : assignment->numbers) {
            queues_.add(partition);
            offsets_.begin(partition, std::nullopt);
        }
        assign(assignment->partitions);
        listener.on_assigned(assignment->numbers);
    }

    void assign(const PartitionListHandle& partitions) {
        assigned_ += static_cast<std::uint64_t>(partitions->cnt);
        if (client_.cooperative()) {
            report(rd_kafka_incremental_assign(client_.get(), partitions.get()));
        } else {
            report(rd_kafka_assign(client_.get(), partitions.get()));
        }
    }

    void give_up(const Partitions& partitions, const rd_kafka_topic_partition_list_t* changed,
                 RebalanceListener& listener) {
        if (rd_kafka_assignment_lost(client_.get())) {
            spdlog::warn("kafka: {} partitions lost: the group took this consumer for dead",
                         partitions.size());
            lost_ += partitions.size();
            listener.on_lost(partitions);
        } else {
            revoked_ += partitions.size();
            listener.on_revoked(partitions);
            commit();
            spdlog::info("kafka: {} partitions given up", partitions.size());
        }
        for (const auto partition : partitions) {
            queues_.remove(partition);
            continuity_.end(partition);
            offsets_.end(partition);
            unreadable_.forget(partition);
            uncommitted_.erase(partition);
        }
        if (client_.cooperative()) {
            report(rd_kafka_incremental_unassign(client_.get(), changed));
        } else {
            report(rd_kafka_assign(client_.get(), nullptr));
        }
    }

    [[nodiscard]] bool commits_periodically() const { return config_.auto_commit_interval.count() > 0; }

    /// librdkafka 2.0.2 commits no metadata by itself.
    void commit_if_due() {
        while (const EventHandle event{rd_kafka_queue_poll(commit_answers_.get(), 0)}) {
            on_commit(rd_kafka_event_error(event.get()));
        }
        const auto now = Clock::now();
        if (!commits_periodically() || now < commit_at_ || !offsets_.has_uncommitted()) {
            return;
        }
        commit_at_ = now + config_.auto_commit_interval;
        const auto error = rd_kafka_commit_queue(client_.get(), offsets_.take().get(), commit_answers_.get(),
                                                 nullptr, nullptr);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            on_commit(error);
        }
    }

    /// Waits for the answer.
    void commit() {
        // What is on its way may fail yet.
        offsets_.commit_again();
        const auto offsets = offsets_.take();
        if (offsets.empty()) {
            return;
        }
        const QueueHandle answer(rd_kafka_queue_new(client_.get()));
        const auto error =
            rd_kafka_commit_queue(client_.get(), offsets.get(), answer.get(), nullptr, nullptr);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            on_commit(error);
            return;
        }
        const EventHandle event(rd_kafka_queue_poll(answer.get(), left_to_close(commit_limit)));
        on_commit(event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT);
    }

    /// The partition is another topic's than the one that was read.
    void read_from_beginning(std::int32_t partition) {
        if (config_.auto_offset_reset == "error") {
            throw runtime::Failure(
                runtime::FailureKind::bad_data,
                "partition " + std::to_string(partition) + ": topic '" + config_.kafka.topic +
                    "' was deleted and made anew, and --kafka-auto-offset-reset is 'error'");
        }
        unreadable_.forget(partition);
        seek(partition, RD_KAFKA_OFFSET_BEGINNING);
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
            offsets_.commit_again();
            ++commit_failures_;
            client_.log().error(
                error, (std::string("offsets were not committed: ") + rd_kafka_err2str(error)).c_str());
        }
    }

    void on_error(rd_kafka_resp_err_t code, const char* text) {
        if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            return;
        }
        if (code == RD_KAFKA_RESP_ERR__FATAL) {
            client_.fail();
        }
        if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
            throw runtime::Failure(runtime::FailureKind::bad_data,
                                   std::string(text) + ", and --kafka-auto-offset-reset is 'error'");
        }
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
            watch_.suspect();
        }
        const auto sentence = text + security_hint(code, text);
        if (is_refusal(code)) {
            refusal_ = sentence;
            // Before anything worked it will not by itself; later the permission may come back.
            if (!has_read_ && Clock::now() - opened_at_ < first_success_limit) {
                throw runtime::Failure(runtime::FailureKind::not_permitted, sentence);
            }
        }
        health_.error(code, sentence);
        client_.log().error(code, sentence.c_str());
    }

    void on_statistics(const char* text) {
        const auto statistics = parse_statistics(text);
        health_.statistics(statistics);
        continuity_.judge_gaps(client_.get());
        watch_.statistics(statistics);
        uncommitted_.clear();
        const nlohmann::json::json_pointer path("/topics");
        if (!statistics.contains(path) || !statistics[path].contains(config_.kafka.topic)) {
            return;
        }
        const auto& topic = statistics[path][config_.kafka.topic];
        for (const auto partition : queues_.partitions()) {
            const nlohmann::json::json_pointer place("/partitions/" + std::to_string(partition) +
                                                     "/consumer_lag");
            const auto records = topic.value(place, std::int64_t{-1});
            if (records >= 0) {
                uncommitted_[partition] = records;
            }
        }
    }

    void report(rd_kafka_error_t* result) {
        if (const ErrorHandle error{result}) {
            client_.log().error(rd_kafka_error_code(error.get()), rd_kafka_error_string(error.get()));
        }
    }

    void report(rd_kafka_resp_err_t error) {
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            client_.log().error(error, rd_kafka_err2str(error));
        }
    }

    [[nodiscard]] PartitionListHandle list(const Partitions& partitions) const {
        PartitionListHandle result(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
        for (const auto partition : partitions) {
            rd_kafka_topic_partition_list_add(result.get(), config_.kafka.topic.c_str(), partition);
        }
        return result;
    }

    const ConsumerConfig config_;
    ClientHealth health_;
    Continuity continuity_;
    GroupOffsets offsets_;
    TopicWatch watch_;
    UnreadableRecords unreadable_;
    ConsumerClient client_;
    PartitionQueues queues_;
    EventFd group_fd_;
    QueueHandle group_queue_;
    QueueHandle commit_answers_;
    Clock::time_point commit_at_ = Clock::now();
    std::unique_ptr<Assignment> assignment_;
    std::map<std::int32_t, std::int64_t> uncommitted_;
    std::uint64_t assigned_ = 0;
    std::uint64_t revoked_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t commit_failures_ = 0;
    std::vector<MessagePointer> messages_;
    const Clock::time_point opened_at_ = Clock::now();
    std::uint64_t unreadable_records_ = 0;
    bool has_read_ = false;
    std::string refusal_;  ///< Of the broker, until a record is read.
    Clock::time_point close_at_ = Clock::time_point::max();
};

}  // namespace

std::unique_ptr<Consumer> open_consumer(ConsumerConfig config) {
    return std::make_unique<RdKafkaConsumer>(std::move(config));
}

}  // namespace framebridge::kafka
