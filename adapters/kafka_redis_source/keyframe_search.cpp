#include "kafka_redis_source/keyframe_search.h"

#include <algorithm>
#include <functional>

#include "kafka_redis_source/replay_filter.h"

namespace framebridge::source {

namespace {

constexpr auto answer_limit = std::chrono::seconds(10);
constexpr auto turn = std::chrono::milliseconds(200);
constexpr std::size_t max_batch = 1000;

void read_all(kafka::TopicReader& reader, const std::vector<kafka::PartitionRange>& ranges,
              const runtime::StopSignal& stop, const std::function<void(const kafka::TopicRecord&)>& visit) {
    reader.start(ranges);
    std::vector<kafka::TopicRecord> records;
    while (!reader.done() && !stop.requested()) {
        records.clear();
        reader.read([](std::int32_t) { return max_batch; }, records, turn);
        std::for_each(records.begin(), records.end(), visit);
    }
}

/// The time of each range's first record; a range without one is not there.
std::map<std::int32_t, std::chrono::milliseconds> begin_times(kafka::TopicReader& reader,
                                                              std::vector<kafka::PartitionRange> ranges,
                                                              const runtime::StopSignal& stop) {
    for (auto& range : ranges) {
        // At the end of the partition the last record before it tells the time.
        range.begin = range.begin >= range.next ? std::max(range.oldest, range.next - 1) : range.begin;
        range.end = std::min(range.begin + 1, range.next);
    }
    std::map<std::int32_t, std::chrono::milliseconds> times;
    read_all(reader, ranges, stop,
             [&times](const auto& record) { times[record.partition] = record.timestamp; });
    return times;
}

/// Whether a range's first record, of that time, is where `--from` points to, and not what comes next after
/// it.
bool begins_at(const ReplayConfig& config, std::chrono::milliseconds first) {
    const auto* time = config.from ? std::get_if<kafka::Position::Time>(&config.from->place) : nullptr;
    return time == nullptr || time->since_epoch == first;
}

}  // namespace

std::vector<KeyframePlace> find_keyframes_before(kafka::TopicReader& reader,
                                                 const std::vector<kafka::PartitionRange>& ranges,
                                                 const ReplayConfig& config,
                                                 const runtime::StopSignal& stop) {
    const auto times = begin_times(reader, ranges, stop);
    std::vector<kafka::PartitionRange> before;
    for (const auto& range : ranges) {
        const auto time = times.find(range.partition);
        if (range.begin <= range.oldest || time == times.end()) {
            continue;
        }
        const kafka::Position earlier{kafka::Position::Time{time->second - config.align_limit}};
        const auto found = reader.find(earlier, std::nullopt, answer_limit);
        const auto place = std::find_if(found.begin(), found.end(),
                                        [&](const auto& each) { return each.partition == range.partition; });
        if (place != found.end() && place->begin < range.begin) {
            auto part = range;
            part.begin = place->begin;
            // A keyframe right at the position is not after it.
            part.end = std::min(range.next, range.begin + (begins_at(config, time->second) ? 1 : 0));
            before.push_back(part);
        }
    }
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> last;
    read_all(reader, before, stop, [&](const kafka::TopicRecord& record) {
        const auto message = read_message(record);
        if (message.is_frame && message.keyframe && config.wants(message.source_id)) {
            last[{message.source_id, record.partition}] = record.offset;
        } else if (message.end_of_stream) {
            // What was before the end of a stream does not help to decode what follows it.
            last.erase({message.source_id, record.partition});
        }
    });
    std::vector<KeyframePlace> places;
    for (const auto& [source, offset] : last) {
        places.push_back({source.first, source.second, offset});
    }
    return places;
}

}  // namespace framebridge::source
