#pragma once

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"

namespace framebridge::inspect {

/// `sources`: what each source of a range sent.
ScanResult show_sources(const ScanRange& range, runtime::StopSignal& stop, Output& output);

}  // namespace framebridge::inspect
