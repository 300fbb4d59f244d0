#include "kafka_redis_inspect/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "framebridge/protocol/envelope.h"
#include "kafka/cluster_view.h"
#include "kafka/topic_admin.h"
#include "kafka/topic_reader.h"
#include "runtime/failure.h"

namespace framebridge::inspect {

namespace {

using std::chrono::milliseconds;

constexpr auto limit = std::chrono::seconds(10);
constexpr auto sample_limit = std::chrono::seconds(5);
constexpr std::int64_t sample_records = 20;

struct Sample {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    bool ours = false;
    std::optional<milliseconds> first;
    std::optional<milliseconds> last;
};

/// Reads each partition's first record and its newest ones.
Sample take_sample(kafka::TopicReader& reader, const std::vector<kafka::PartitionRange>& ranges,
                   const runtime::StopSignal& stop) {
    Sample sample;
    protocol::Envelope envelope;
    const auto read = [&](auto cut, auto take) {
        std::vector<kafka::PartitionRange> parts;
        std::transform(ranges.begin(), ranges.end(), std::back_inserter(parts), cut);
        reader.start(parts);
        const auto deadline = std::chrono::steady_clock::now() + sample_limit;
        std::vector<kafka::TopicRecord> records;
        while (!reader.done() && !stop.requested() && std::chrono::steady_clock::now() < deadline) {
            records.clear();
            reader.read([](std::int32_t) { return std::size_t{1000}; }, records, milliseconds(100));
            std::for_each(records.begin(), records.end(), take);
        }
    };
    read(
        [](auto range) {
            range.end = std::min(range.end, range.begin + 1);
            return range;
        },
        [&](const kafka::TopicRecord& record) {
            sample.first = std::min(sample.first.value_or(record.timestamp), record.timestamp);
        });
    read(
        [](auto range) {
            range.begin = std::max(range.begin, range.end - sample_records);
            return range;
        },
        [&](const kafka::TopicRecord& record) {
            ++sample.records;
            sample.bytes += record.key.size() + record.value.size();
            sample.last = std::max(sample.last.value_or(record.timestamp), record.timestamp);
            sample.ours =
                sample.ours || record.header(kafka::format_header).has_value() ||
                record.header("framebridge-reason").has_value() ||
                protocol::decode(protocol::FormatChoice::automatic, record.value, envelope).has_value();
        });
    return sample;
}

Row groups_of(kafka::ClusterView& cluster, const std::vector<kafka::GroupInfo>& groups,
              const std::string& topic, const std::vector<kafka::PartitionRange>& ranges) {
    Row array = Row::array();
    std::vector<std::int32_t> partitions;
    for (const auto& range : ranges) {
        partitions.push_back(range.partition);
    }
    for (const auto& group : groups) {
        const auto committed = cluster.committed(group.id, topic, partitions, limit);
        if (committed.empty()) {
            continue;
        }
        std::int64_t lag = 0;
        for (const auto& range : ranges) {
            const auto found = committed.find(range.partition);
            lag +=
                range.next - std::max(range.oldest, found == committed.end() ? range.oldest : found->second);
        }
        array.push_back(
            {{"group", group.id}, {"state", group.state}, {"members", group.members}, {"lag", lag}});
    }
    return array;
}

Row time_or_null(const std::optional<milliseconds>& time) {
    return time ? Row(kafka::format_time(*time)) : Row(nullptr);
}

std::optional<Row> row_of(const kafka::ClientConfig& kafka, kafka::ClusterView& cluster,
                          const std::vector<kafka::GroupInfo>& groups, TopicChoice choice,
                          const runtime::StopSignal& stop) {
    kafka::TopicReader reader(kafka);
    const auto ranges = reader.find({}, std::nullopt, limit);
    const auto sample = take_sample(reader, ranges, stop);
    if (choice == TopicChoice::ours && !sample.ours) {
        return std::nullopt;
    }
    std::int64_t records = 0;
    for (const auto& range : ranges) {
        records += range.size();
    }
    Row row{{"topic", kafka.topic}, {"partitions", ranges.size()}, {"records", records}};
    row["estimated_bytes"] = sample.records == 0
                                 ? Row(0)
                                 : Row(static_cast<std::uint64_t>(records) * sample.bytes / sample.records);
    std::string error;
    const auto retention = kafka::describe_retention(kafka, limit, error);
    row["retention_ms"] = retention ? Row(retention->retention.count()) : Row(nullptr);
    row["first_time"] = time_or_null(sample.first);
    row["last_time"] = time_or_null(sample.last);
    row["groups"] = groups_of(cluster, groups, kafka.topic, ranges);
    return row;
}

Row for_people(Row row) {
    row["size_estimated"] = "~" + format_size(row["estimated_bytes"].get<std::uint64_t>());
    const auto retention = row["retention_ms"];
    row["retention"] = retention.is_null() ? Row(nullptr)
                       : retention.get<std::int64_t>() < 0
                           ? Row("for ever")
                           : Row(format_duration(retention.get<double>() / 1000));
    row["first"] = row["first_time"];
    row["last"] = row["last_time"];
    std::string groups;
    for (const auto& group : row["groups"]) {
        groups +=
            fmt::format("{}{} (lag {}, {})", groups.empty() ? "" : ", ", group["group"].get<std::string>(),
                        group["lag"].dump(), group["state"].get<std::string>());
    }
    row["groups"] = groups.empty() ? Row(nullptr) : Row(printable(groups));
    return row;
}

}  // namespace

void show_topics(const kafka::ClientConfig& kafka, TopicChoice choice, runtime::StopSignal& stop,
                 Output& output) {
    kafka::ClusterView cluster(kafka);
    const auto groups = cluster.groups(limit);
    const auto topics = kafka.topic.empty() ? cluster.topics(limit) : std::vector<std::string>{kafka.topic};
    output.begin(
        "", {"topic", "partitions", "records", "size_estimated", "retention", "first", "last", "groups"});
    for (const auto& topic : topics) {
        if (stop.requested()) {
            break;
        }
        auto named = kafka;
        named.topic = topic;
        if (const auto row =
                row_of(named, cluster, groups, kafka.topic.empty() ? choice : TopicChoice::all, stop)) {
            output.add(output.format() == OutputFormat::table ? for_people(*row) : *row);
        }
    }
    output.finish();
}

}  // namespace framebridge::inspect
