#include "kafka_redis_inspect/sources.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "kafka_redis_inspect/source_summary.h"

namespace framebridge::inspect {

namespace {

// For people: sizes and rates with their units.
Row for_people(Row row) {
    row["size"] = fmt::format("{}x{}", row["width"].dump(), row["height"].dump());
    row["data"] = format_size(row["bytes"].get<std::uint64_t>());
    row["bitrate"] = row["bitrate_bps"].is_null()
                         ? Row(nullptr)
                         : Row(format_size(row["bitrate_bps"].get<std::uint64_t>() / 8) + "/s");
    row["first"] = row["first_time"];
    row["last"] = row["last_time"];
    return row;
}

}  // namespace

ScanResult show_sources(const ScanRange& range, runtime::StopSignal& stop, Output& output) {
    std::map<std::string, SourceSummary, std::less<>> sources;
    const auto result = scan(range, stop, [&](const ScannedRecord& scanned) {
        auto found = sources.find(scanned.source_id());
        if (found == sources.end()) {
            found = sources.emplace(scanned.source_id(), SourceSummary{}).first;
        }
        found->second.add(scanned);
    });
    output.begin("", {"source_id", "frames", "data", "bitrate", "first", "last", "codec", "size", "fps",
                      "keyframe_interval", "sequence_holes", "repeats", "ends_of_stream", "partitions"});
    for (const auto& [source_id, summary] : sources) {
        const auto row = summary.row(printable(source_id));
        output.add(output.format() == OutputFormat::table ? for_people(row) : row);
    }
    output.finish();
    return result;
}

}  // namespace framebridge::inspect
