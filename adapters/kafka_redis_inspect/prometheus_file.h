#pragma once

#include <filesystem>
#include <string>

#include "kafka_redis_inspect/check.h"

namespace framebridge::inspect {

/// Writes a check's result for node_exporter's textfile collector: whole, or not at all. Throws Failure.
void write_prometheus_file(const std::filesystem::path& path, const std::string& topic,
                           const CheckResult& result);

}  // namespace framebridge::inspect
