#include "kafka_redis_inspect/missing_ranges.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kafka/position.h"
#include "kafka_redis_inspect/output.h"

namespace framebridge::inspect {

void MissingRanges::miss(const std::string& source_id, std::chrono::milliseconds time) {
    auto& source = sources_[source_id];
    if (!source.missing) {
        source.ranges.push_back({0, time, time});
    }
    source.missing = true;
    ++source.ranges.back().frames;
    source.ranges.back().last = time;
}

void MissingRanges::come(const std::string& source_id) {
    if (const auto found = sources_.find(source_id); found != sources_.end()) {
        found->second.missing = false;
    }
}

std::string MissingRanges::to_string() const {
    constexpr std::size_t max_named = 50;
    std::vector<std::string> names;
    std::size_t count = 0;
    for (const auto& [source_id, source] : sources_) {
        for (const auto& range : source.ranges) {
            if (++count <= max_named) {
                names.push_back(fmt::format("{} {} to {} ({})", printable(source_id),
                                            kafka::format_time(range.first), kafka::format_time(range.last),
                                            range.frames));
            }
        }
    }
    if (count > max_named) {
        names.push_back(fmt::format("and at {} more places", count - max_named));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace framebridge::inspect
