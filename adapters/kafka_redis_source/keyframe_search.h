#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kafka/topic_reader.h"
#include "kafka_redis_source/replay_config.h"
#include "runtime/stop_signal.h"

namespace framebridge::source {

/// Where a source's last keyframe before a range is.
struct KeyframePlace {
    std::string source_id;
    std::int32_t partition;
    std::int64_t offset;
};

/// Looks backwards from the ranges' begins for each wanted source's last keyframe, over at most
/// `config.align_limit` of records. Blocks for as long as reading these takes, or until a stop is requested.
/// Throws Failure.
std::vector<KeyframePlace> find_keyframes_before(kafka::TopicReader& reader,
                                                 const std::vector<kafka::PartitionRange>& ranges,
                                                 const ReplayConfig& config, const runtime::StopSignal& stop);

}  // namespace framebridge::source
