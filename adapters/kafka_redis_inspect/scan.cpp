#include "kafka_redis_inspect/scan.h"

#include <algorithm>

#include "common/progress.h"

namespace framebridge::inspect {

namespace {

constexpr auto answer_limit = std::chrono::seconds(10);
constexpr auto turn = std::chrono::milliseconds(200);
constexpr std::size_t max_batch = 4096;

}  // namespace

bool ScanRange::wants(std::string_view source_id) const {
    if (source_ids.empty() && source_id_prefixes.empty()) {
        return true;
    }
    return std::find(source_ids.begin(), source_ids.end(), source_id) != source_ids.end() ||
           std::any_of(source_id_prefixes.begin(), source_id_prefixes.end(),
                       [&](const auto& prefix) { return source_id.starts_with(prefix); });
}

ScanResult scan(const ScanRange& range, runtime::StopSignal& stop,
                const std::function<void(const ScannedRecord&)>& visit) {
    kafka::TopicReader reader(range.kafka);
    ScanResult result;
    result.ranges = reader.find(range.from, range.to, answer_limit);
    reader.start(result.ranges);
    Progress progress(reader.size());
    protocol::Envelope envelope;
    std::vector<kafka::TopicRecord> records;
    std::uint64_t bytes = 0;
    std::int64_t seen = 0;
    while (!reader.done() && !stop.requested()) {
        records.clear();
        reader.read([](std::int32_t) { return max_batch; }, records, turn);
        for (const auto& record : records) {
            ++seen;
            bytes += record.key.size() + record.value.size();
            if (record.tombstone) {
                ++result.tombstones;
                continue;
            }
            const auto decoded = protocol::decode(range.format, record.value, envelope);
            const ScannedRecord scanned{record, decoded ? &envelope : nullptr,
                                        decoded ? "" : decoded.error().to_string()};
            if (!range.wants(scanned.source_id())) {
                continue;
            }
            ++result.records;
            result.unreadable += decoded ? 0 : 1;
            visit(scanned);
        }
        progress.at(reader.position(), bytes);
    }
    result.interrupted = !reader.done();
    result.missing_offsets = reader.position() - seen;
    return result;
}

}  // namespace framebridge::inspect
