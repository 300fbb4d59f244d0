#pragma once

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"

namespace framebridge::inspect {

/// Everything that a record says: where it is, its headers, and the message as metadata::message_json.
Row to_json(const ScannedRecord& scanned);

}  // namespace framebridge::inspect
