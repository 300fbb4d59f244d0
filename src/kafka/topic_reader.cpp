#include "kafka/topic_reader.h"

#include <algorithm>

#include "kafka/client_conf.h"
#include "kafka/security_hint.h"
#include "runtime/failure.h"

namespace framebridge::kafka {

namespace {

using MetadataHandle = Handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;

constexpr std::chrono::milliseconds destroy_limit = std::chrono::seconds(1);

ConfHandle reader_conf(const ClientConfig& config, std::size_t prefetch_bytes) {
    const auto kbytes = std::clamp<std::size_t>(prefetch_bytes >> 10, 1, 2'097'151);
    return make_valid_conf(config, Role::consumer,
                           {{"queued.max.messages.kbytes", std::to_string(kbytes)},
                            {"queued.min.messages", "100000"},
                            {"fetch.wait.max.ms", "50"}},
                           {{"enable.partition.eof", "true"},
                            {"enable.auto.commit", "false"},
                            // Retention may have taken the first record meanwhile: go on with what is there.
                            {"auto.offset.reset", "earliest"}});
}

bool is_missing(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

[[noreturn]] void fail(const ClientConfig& config, const std::string& what, rd_kafka_resp_err_t code) {
    const auto text =
        what + " topic '" + config.topic + "' on " + config.brokers + ": " + rd_kafka_err2str(code);
    if (is_missing(code)) {
        throw runtime::Failure(runtime::FailureKind::misconfigured,
                               "topic '" + config.topic + "' does not exist on " + config.brokers +
                                   ", or may not be described: see --kafka-topic and the broker's ACLs");
    }
    if (is_refusal(code)) {
        throw runtime::Failure(runtime::FailureKind::not_permitted,
                               text + "; reading takes the ACLs Describe and Read on the topic");
    }
    throw runtime::Failure(runtime::FailureKind::unavailable,
                           text + "; no broker answered in time, see --kafka-brokers");
}

int to_int(std::chrono::milliseconds limit) {
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(1, limit.count()));
}

TimestampType type_of(rd_kafka_timestamp_type_t type) {
    switch (type) {
        case RD_KAFKA_TIMESTAMP_CREATE_TIME:
            return TimestampType::create_time;
        case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
            return TimestampType::log_append_time;
        default:
            return TimestampType::none;
    }
}

}  // namespace

std::vector<RecordHeader> TopicRecord::headers() const {
    std::vector<RecordHeader> found;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(owner.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return found;
    }
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t index = 0;
         rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++index) {
        found.push_back({name, value == nullptr ? "" : std::string(static_cast<const char*>(value), size)});
    }
    return found;
}

std::vector<std::string_view> TopicRecord::header_values(const char* name) const {
    std::vector<std::string_view> values;
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(owner.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return values;
    }
    while (rd_kafka_header_get(headers, values.size(), name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        values.emplace_back(static_cast<const char*>(value), size);
    }
    return values;
}

std::optional<std::string> TopicRecord::header(const char* name) const {
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(owner.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    return value == nullptr ? "" : std::string(static_cast<const char*>(value), size);
}

TopicReader::TopicReader(ClientConfig config, std::size_t prefetch_bytes) : config_(std::move(config)) {
    client_ = make_client(reader_conf(config_, prefetch_bytes), Role::consumer, *log_);
    topic_.reset(rd_kafka_topic_new(client_.get(), config_.topic.c_str(), nullptr));
    if (!topic_) {
        throw runtime::Failure(runtime::FailureKind::misconfigured,
                               "--kafka-topic '" + config_.topic +
                                   "' is refused by librdkafka: " + rd_kafka_err2str(rd_kafka_last_error()));
    }
}

TopicReader::~TopicReader() {
    stop();
    topic_.reset();
    destroy_within(destroy_limit, std::move(client_), log_);
}

std::vector<std::int32_t> TopicReader::partitions(std::chrono::milliseconds limit) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, topic_.get(), &raw, to_int(limit));
    const MetadataHandle metadata(raw);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(config_, "cannot look up", error);
    }
    if (metadata->topic_cnt == 0 || metadata->topics[0].partition_cnt == 0) {
        fail(config_, "cannot look up",
             metadata->topic_cnt == 0 || metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR
                 ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                 : metadata->topics[0].err);
    }
    std::vector<std::int32_t> found;
    for (int index = 0; index < metadata->topics[0].partition_cnt; ++index) {
        found.push_back(metadata->topics[0].partitions[index].id);
    }
    std::sort(found.begin(), found.end());
    return found;
}

// By partition; a partition that the position does not name is not there.
std::map<std::int32_t, std::int64_t> TopicReader::resolve(const Position& position,
                                                          std::map<std::int32_t, PartitionRange>& ranges,
                                                          std::chrono::milliseconds limit) {
    std::map<std::int32_t, std::int64_t> offsets;
    if (const auto* named = std::get_if<Position::PartitionOffsets>(&position.place)) {
        for (const auto& [partition, offset] : named->offsets) {
            if (!ranges.contains(partition)) {
                throw runtime::Failure(runtime::FailureKind::misconfigured,
                                       "topic '" + config_.topic + "' has no partition " +
                                           std::to_string(partition) + ", only " +
                                           std::to_string(ranges.size()) + " from 0 on");
            }
            offsets[partition] = offset;
        }
        return offsets;
    }
    const auto* time = std::get_if<Position::Time>(&position.place);
    const auto* offset = std::get_if<Position::Offset>(&position.place);
    const bool earliest = std::holds_alternative<Position::Earliest>(position.place);
    for (const auto& [partition, range] : ranges) {
        offsets[partition] = offset != nullptr ? offset->offset : earliest ? range.oldest : range.next;
    }
    if (time == nullptr) {
        return offsets;
    }
    const PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size())));
    for (const auto& [partition, range] : ranges) {
        rd_kafka_topic_partition_list_add(list.get(), config_.topic.c_str(), partition)->offset =
            std::max<std::int64_t>(0, time->since_epoch.count());
    }
    const auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), to_int(limit));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(config_, "cannot look up a time in", error);
    }
    for (int index = 0; index < list->cnt; ++index) {
        const auto& found = list->elems[index];
        if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fail(config_, "cannot look up a time in", found.err);
        }
        // A negative offset: no record is that young.
        if (found.offset >= 0) {
            offsets[found.partition] = found.offset;
        }
    }
    return offsets;
}

std::vector<PartitionRange> TopicReader::find(const Position& from, const std::optional<Position>& to,
                                              std::chrono::milliseconds limit) {
    std::map<std::int32_t, PartitionRange> ranges;
    for (const auto partition : partitions(limit)) {
        PartitionRange range{.partition = partition};
        const auto error = rd_kafka_query_watermark_offsets(client_.get(), config_.topic.c_str(), partition,
                                                            &range.oldest, &range.next, to_int(limit));
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fail(config_, "cannot look up the offsets of", error);
        }
        ranges[partition] = range;
    }
    const auto begins = resolve(from, ranges, limit);
    const auto ends = resolve(to.value_or(Position{Position::Latest{}}), ranges, limit);
    std::vector<PartitionRange> found;
    for (auto& [partition, range] : ranges) {
        const auto begin = begins.find(partition);
        const auto end = ends.find(partition);
        if (begin == begins.end() || end == ends.end()) {
            continue;
        }
        range.begin = std::clamp(begin->second, range.oldest, range.next);
        range.end = std::clamp(end->second, range.begin, range.next);
        found.push_back(range);
    }
    return found;
}

void TopicReader::start(const std::vector<PartitionRange>& ranges) {
    stop();
    size_ = 0;
    position_ = 0;
    for (const auto& range : ranges) {
        if (range.empty()) {
            continue;
        }
        size_ += range.size();
        if (rd_kafka_consume_start(topic_.get(), range.partition, range.begin) != 0) {
            fail(config_, "cannot read", rd_kafka_last_error());
        }
        QueueHandle queue(
            rd_kafka_queue_get_partition(client_.get(), config_.topic.c_str(), range.partition));
        ready_.watch(queue.get());
        open_[range.partition] = {range.begin, range.end, std::move(queue)};
    }
}

std::size_t TopicReader::read(const Room& room, std::vector<TopicRecord>& records,
                              std::chrono::milliseconds limit) {
    const auto deadline = runtime::PollSet::Clock::now() + limit;
    runtime::PollSet poll_set;
    for (;;) {
        ready_.clear();
        std::size_t taken = 0;
        for (const auto partition : open_partitions()) {
            taken += take(partition, room(partition), records);
        }
        if (taken > 0 || done() || runtime::PollSet::Clock::now() >= deadline) {
            return taken;
        }
        add_to(poll_set);
        poll_set.wake_at(deadline);
        poll_set.wait();
    }
}

std::size_t TopicReader::take(std::int32_t partition, std::size_t max, std::vector<TopicRecord>& records) {
    if (max == 0) {
        return 0;
    }
    batch_.resize(max);
    const auto count = rd_kafka_consume_batch(topic_.get(), partition, 0, batch_.data(), max);
    std::size_t taken = 0;
    for (ssize_t index = 0; index < count; ++index) {
        auto* message = batch_[static_cast<std::size_t>(index)];
        std::shared_ptr<rd_kafka_message_t> owner(message, rd_kafka_message_destroy);
        if (!accept(*message)) {
            continue;
        }
        rd_kafka_timestamp_type_t type{};
        const auto timestamp = rd_kafka_message_timestamp(message, &type);
        records.push_back({.owner = std::move(owner),
                           .partition = message->partition,
                           .offset = message->offset,
                           .timestamp = std::chrono::milliseconds(std::max<std::int64_t>(0, timestamp)),
                           .timestamp_type = type_of(type),
                           .key = {static_cast<const char*>(message->key), message->key_len},
                           .value = {static_cast<const char*>(message->payload), message->len},
                           .tombstone = message->payload == nullptr});
        ++taken;
    }
    return taken;
}

void TopicReader::add_to(runtime::PollSet& poll_set) const {
    poll_set.add_fd(ready_.fd(), runtime::PollEvents::readable);
}

std::vector<std::int32_t> TopicReader::open_partitions() const {
    std::vector<std::int32_t> partitions;
    for (const auto& [partition, reading] : open_) {
        partitions.push_back(partition);
    }
    return partitions;
}

// Whether it is a record of a range that is still open; ends ranges.
bool TopicReader::accept(const rd_kafka_message_t& message) {
    const auto found = open_.find(message.partition);
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        // Nothing more can be read now: what is left of the range, if anything, is of an open transaction.
        if (found != open_.end() && found->second.end != open_end) {
            finish(message.partition);
        }
        return false;
    }
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (is_missing(message.err) || is_refusal(message.err)) {
            fail(config_, "cannot read", message.err);
        }
        log_->error(message.err, rd_kafka_message_errstr(&message));
        return false;
    }
    if (found == open_.end()) {
        return false;
    }
    auto& reading = found->second;
    const bool inside = message.offset < reading.end;
    if (inside) {
        position_ += message.offset + 1 - reading.next;
        reading.next = message.offset + 1;
    }
    if (message.offset + 1 >= reading.end) {
        finish(message.partition);
    }
    return inside;
}

void TopicReader::finish(std::int32_t partition) {
    const auto& reading = open_.at(partition);
    position_ += reading.end - reading.next;
    stop(partition);
}

void TopicReader::stop(std::int32_t partition) {
    EventFd::forget(open_.at(partition).queue.get());
    rd_kafka_consume_stop(topic_.get(), partition);
    open_.erase(partition);
}

void TopicReader::stop() {
    for (const auto partition : open_partitions()) {
        stop(partition);
    }
}

}  // namespace framebridge::kafka
