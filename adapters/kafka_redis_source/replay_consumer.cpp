#include "kafka_redis_source/replay_consumer.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "framebridge/protocol/messages.h"
#include "kafka/cluster_view.h"
#include "kafka_redis_source/keyframe_search.h"
#include "runtime/failure.h"

namespace framebridge::source {

namespace {

constexpr auto answer_limit = std::chrono::seconds(10);
/// Read ahead of a partition; what waits beyond it stays with librdkafka, whose limit is in bytes.
constexpr std::size_t max_held = 256;

kafka::Position moved(kafka::Position position, std::chrono::milliseconds by) {
    if (auto* time = std::get_if<kafka::Position::Time>(&position.place)) {
        time->since_epoch += by;
    }
    return position;
}

kafka::ConsumedRecord consumed(const kafka::TopicRecord& record) {
    return {
        .owner = record.owner,
        .partition = record.partition,
        .offset = record.offset,
        .key = record.key,
        .value = record.value,
        .timestamp_ms = record.timestamp_type == kafka::TimestampType::none ? -1 : record.timestamp.count(),
        .parts = record.header_values("framebridge-part")};
}

}  // namespace

ReplayConsumer::ReplayConsumer(const kafka::ClientConfig& kafka, ReplayConfig config,
                               std::size_t prefetch_bytes, const runtime::StopSignal& stop)
    : config_(std::move(config)),
      plain_(config_.source_ids.empty() && config_.source_id_prefixes.empty() &&
             config_.alignment == Alignment::none && config_.clock == ReplayClock::kafka &&
             !config_.pace.limited() && !config_.send_end_of_stream && !config_.frames.keyframes_only &&
             config_.frames.every == 1),
      reader_(kafka, prefetch_bytes),
      filter_(config_),
      pacer_(config_.pace) {
    find_ranges(kafka, stop);
}

void ReplayConsumer::find_ranges(const kafka::ClientConfig& kafka, const runtime::StopSignal& stop) {
    const bool by_frame = config_.clock == ReplayClock::frame;
    const auto tolerance = by_frame ? config_.clock_tolerance : std::chrono::milliseconds(0);
    const auto from = moved(config_.from.value_or(kafka::Position{}), -tolerance);
    const auto to = config_.to ? std::optional(moved(*config_.to, tolerance)) : std::nullopt;
    for (const auto& range : reader_.find(from, to, answer_limit)) {
        ranges_[range.partition] = range;
        given_[range.partition] = range.begin;
    }
    if (!config_.resume_group.empty()) {
        resume(kafka);
    }
    std::int64_t records = 0;
    for (auto& [partition, range] : ranges_) {
        if (config_.end == ReplayEnd::follow) {
            range.end = kafka::TopicReader::open_end;
        }
        records += range.size();
    }
    if (config_.alignment == Alignment::keyframe) {
        align(stop);
    }
    std::vector<kafka::PartitionRange> all;
    for (const auto& [partition, range] : ranges_) {
        all.push_back(range);
    }
    reader_.start(all);
    if (config_.end == ReplayEnd::exit) {
        spdlog::info("replaying {} records of {} partitions of topic '{}'", records, ranges_.size(),
                     kafka.topic);
        progress_.emplace(reader_.size());
    }
}

void ReplayConsumer::resume(const kafka::ClientConfig& kafka) {
    kafka::ClusterView cluster(kafka);
    for (const auto& group : cluster.groups(answer_limit)) {
        if (group.id == config_.resume_group && group.members > 0) {
            throw runtime::Failure(runtime::FailureKind::misconfigured,
                                   "--resume: group '" + config_.resume_group + "' has " +
                                       std::to_string(group.members) +
                                       " members: a replay needs a group of its own");
        }
    }
    std::vector<std::int32_t> partitions;
    for (const auto& [partition, range] : ranges_) {
        partitions.push_back(partition);
    }
    for (const auto& [partition, offset] :
         cluster.committed(config_.resume_group, kafka.topic, partitions, answer_limit)) {
        if (const auto range = ranges_.find(partition); range != ranges_.end()) {
            range->second.begin = std::max(range->second.begin, offset);
            given_[partition] = range->second.begin;
        }
    }
    committer_ = std::make_unique<kafka::OffsetCommitter>(kafka, config_.resume_group);
}

void ReplayConsumer::align(const runtime::StopSignal& stop) {
    std::vector<kafka::PartitionRange> ranges;
    for (const auto& [partition, range] : ranges_) {
        ranges.push_back(range);
    }
    for (const auto& place : find_keyframes_before(reader_, ranges, config_, stop)) {
        auto& range = ranges_.at(place.partition);
        filter_.begin_at(place.source_id, place.partition, place.offset);
        range.begin = std::min(range.begin, place.offset);
    }
    for (const auto& range : ranges) {
        // Sources without a keyframe before the range begin at their first one in it.
        filter_.others_begin_at(range.partition, range.begin);
        given_[range.partition] = ranges_.at(range.partition).begin;
    }
}

void ReplayConsumer::consume(const kafka::Room& room, kafka::RebalanceListener& listener,
                             std::vector<kafka::ConsumedRecord>& records) {
    if (!assigned_) {
        assigned_ = true;
        std::vector<std::int32_t> partitions;
        for (const auto& [partition, range] : ranges_) {
            partitions.push_back(partition);
        }
        listener.on_assigned(partitions);
    }
    fill();
    give(room, records);
    if (all_read() && config_.send_end_of_stream && !streams_ended_ && room.records > last_.size()) {
        end_streams(records);
    }
    if (progress_) {
        progress_->at(reader_.position(), bytes_);
    }
}

void ReplayConsumer::fill() {
    read_.clear();
    reader_.read(
        [this](std::int32_t partition) { return max_held - std::min(max_held, held_[partition].size()); },
        read_, std::chrono::milliseconds(0));
    for (auto& record : read_) {
        if (!record.tombstone) {
            hold(std::move(record));
        }
    }
}

void ReplayConsumer::hold(kafka::TopicRecord record) {
    auto due = Clock::time_point::min();
    if (!plain_) {
        const auto message = read_message(record);
        if (!filter_.passes(record, message)) {
            return;
        }
        due = pacer_.due(message, record.timestamp, Clock::now());
        last_.insert_or_assign(message.source_id,
                               Last{message.format, record.partition, message.end_of_stream});
    }
    bytes_ += record.value.size();
    auto& held = held_[record.partition];
    held.push_back({std::move(record), due});
}

void ReplayConsumer::give(const kafka::Room& room, std::vector<kafka::ConsumedRecord>& records) {
    const auto now = Clock::now();
    std::size_t left = room.records;
    for (auto& [partition, held] : held_) {
        auto of_partition = std::min(left, room.of(partition));
        for (; of_partition > 0 && !held.empty() && held.front().due <= now; --of_partition, --left) {
            given_[partition] = held.front().record.offset + 1;
            records.push_back(consumed(held.front().record));
            held.pop_front();
        }
    }
}

// Behind a range's last record: the offsets are not the topic's, and are not committed.
void ReplayConsumer::end_streams(std::vector<kafka::ConsumedRecord>& records) {
    streams_ended_ = true;
    for (const auto& [source_id, last] : last_) {
        if (last.ended) {
            continue;
        }
        auto bytes = std::make_shared<std::pair<std::string, std::string>>(
            source_id, protocol::encode(last.format, protocol::EndOfStream{.source_id = source_id}));
        auto& next = given_[last.partition];
        next = std::max(next, ranges_.at(last.partition).end);
        records.push_back({.owner = bytes,
                           .partition = last.partition,
                           .offset = next++,
                           .key = bytes->first,
                           .value = bytes->second});
    }
}

bool ReplayConsumer::all_read() const {
    return reader_.done() &&
           std::all_of(held_.begin(), held_.end(), [](const auto& each) { return each.second.empty(); });
}

bool ReplayConsumer::finished() const {
    return all_read() && (streams_ended_ || !config_.send_end_of_stream);
}

void ReplayConsumer::store_offset(std::int32_t partition, std::int64_t next_offset) {
    const auto range = ranges_.find(partition);
    if (!committer_ || range == ranges_.end()) {
        return;
    }
    // What was left out behind the last record that was given out is done as well.
    const bool complete = finished() && next_offset >= given_[partition];
    committer_->store(partition, complete ? range->second.end : std::min(next_offset, range->second.end));
}

void ReplayConsumer::add_to(runtime::PollSet& poll_set, const kafka::Room& room) {
    bool reads = false;
    for (const auto partition : reader_.open_partitions()) {
        reads = reads || held_[partition].size() < max_held;
    }
    if (reads) {
        reader_.add_to(poll_set);
    }
    for (const auto& [partition, held] : held_) {
        if (!held.empty() && room.of(partition) > 0) {
            poll_set.wake_at(std::max(held.front().due, Clock::now() - std::chrono::seconds(1)));
        }
    }
    if (all_read() && !finished()) {
        poll_set.wake_at(Clock::now());
    }
}

void ReplayConsumer::close(std::chrono::milliseconds limit, kafka::RebalanceListener& /*listener*/) {
    progress_.reset();
    if (committer_) {
        committer_->close(limit);
    }
    held_.clear();
    read_.clear();
}

std::vector<kafka::PartitionLag> ReplayConsumer::lag() const {
    std::vector<kafka::PartitionLag> lag;
    for (const auto& [partition, range] : ranges_) {
        if (config_.end == ReplayEnd::exit) {
            lag.push_back({.partition = partition,
                           .uncommitted = std::nullopt,
                           .unread = std::max<std::int64_t>(0, range.end - given_.at(partition))});
        }
    }
    return lag;
}

}  // namespace framebridge::source
