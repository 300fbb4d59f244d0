#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"
#include "kafka_redis_inspect/store_lookup.h"

namespace framebridge::inspect {

struct LagConfig {
    std::vector<std::string> groups;  ///< Empty: all that have offsets in the topic.
    StoreAccess stores;
    std::chrono::milliseconds sample{2000};  ///< For so long the groups' speed is measured.
};

/// Whether frames expire before a group gets to them.
enum class TtlRisk { none, at_risk, unknown };

/// `lag`: how far each group is behind, per partition and source, in records and time, and whether a frame's
/// TTL runs out before the group gets to it. Returns the worst risk. Throws Failure.
TtlRisk show_lag(const ScanRange& range, const LagConfig& config, runtime::StopSignal& stop, Output& output);

}  // namespace framebridge::inspect
