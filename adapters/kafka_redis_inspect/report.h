#pragma once

#include <cstdint>
#include <filesystem>

#include "kafka_redis_inspect/scan.h"
#include "kafka_redis_inspect/store_lookup.h"

namespace framebridge::inspect {

struct ReportConfig {
    std::filesystem::path file = "report.html";
    std::uint32_t thumbnails = 24;  ///< Of each source at most; of all together at most 500.
    StoreAccess stores;
};

/// `report`: a range as one HTML page that needs no network. Its size follows from the number of sources, not
/// of frames. Throws Failure.
ScanResult write_report(const ScanRange& range, const ReportConfig& config, runtime::StopSignal& stop);

}  // namespace framebridge::inspect
