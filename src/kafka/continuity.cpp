#include "kafka/continuity.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace framebridge::kafka {
namespace {

/// librdkafka asks for the oldest offset with each of its statistics: a later look sees it.
constexpr int max_looks = 3;
/// Topics with transactions have a gap behind each.
constexpr std::size_t max_gaps = 10'000;

}  // namespace

void Continuity::begin(const StartOffset& start) {
    if (start.missing > 0) {
        count_missing(start.partition, start.offset - start.missing, start.offset);
    }
    if (start.rewound) {
        count_rewound(start.partition, start.offset);
    }
    if (start.offset >= 0) {
        next_[start.partition] = start.offset;
    }
}

void Continuity::read(std::int32_t partition, std::int64_t offset) {
    const auto [expected, is_first] = next_.try_emplace(partition, offset);
    if (offset > expected->second && gaps_.size() < max_gaps) {
        gaps_.push_back({.partition = partition, .begin = expected->second, .end = offset});
    } else if (offset < expected->second) {
        count_rewound(partition, offset);
    }
    expected->second = offset + 1;
}

void Continuity::end(std::int32_t partition) {
    next_.erase(partition);
}

void Continuity::judge_gaps(rd_kafka_t* client) {
    std::erase_if(gaps_, [&](Gap& gap) {
        std::int64_t oldest = RD_KAFKA_OFFSET_INVALID;
        std::int64_t newest = RD_KAFKA_OFFSET_INVALID;
        rd_kafka_get_watermark_offsets(client, topic_.c_str(), gap.partition, &oldest, &newest);
        if (oldest > gap.begin) {
            count_missing(gap.partition, gap.begin, std::min(oldest, gap.end));
            return true;
        }
        return ++gap.looks >= max_looks;
    });
}

std::optional<std::int64_t> Continuity::next(std::int32_t partition) const {
    const auto found = next_.find(partition);
    return found == next_.end() ? std::nullopt : std::optional(found->second);
}

void Continuity::count_missing(std::int32_t partition, std::int64_t begin, std::int64_t end) {
    statistics_.missing_records += static_cast<std::uint64_t>(end - begin);
    spdlog::error(
        "kafka: {} records of topic {} are missing: partition {}, offsets {} to {} were deleted before group "
        "'{}' read them (the group was further behind than the topic's retention)",
        end - begin, topic_, partition, begin, end - 1, group_);
}

void Continuity::count_rewound(std::int32_t partition, std::int64_t offset) {
    ++statistics_.rewound_partitions;
    spdlog::warn(
        "kafka: partition {} of topic {} is not the one that group '{}' read before, or was cut: the topic "
        "was "
        "made anew. It is read from its beginning (offset {})",
        partition, topic_, group_, offset);
}

}  // namespace framebridge::kafka
