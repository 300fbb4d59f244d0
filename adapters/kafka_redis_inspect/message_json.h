#pragma once

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"

namespace framebridge::inspect {

/// Everything that a record says, in one shape for both formats: where it is, its headers, the message's
/// fields, its frames' contents (where they are and how large, not their bytes), attributes and objects.
Row to_json(const ScannedRecord& scanned);

/// What is in a message beyond its envelope, in the shape that to_json gives. `message` was decoded
/// successfully.
Row native_fields(std::string_view message);
Row savant_fields(std::string_view message);

/// Where a frame's bytes are.
Row content_json(const protocol::Content& content);

}  // namespace framebridge::inspect
