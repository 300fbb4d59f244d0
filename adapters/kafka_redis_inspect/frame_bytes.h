#pragma once

#include <optional>
#include <string>

#include "framebridge/protocol/content.h"
#include "kafka_redis_inspect/store_lookup.h"

namespace framebridge::inspect {

/// A frame's bytes from its message or its store; none if they are not there, or in a store that is not
/// asked.
std::optional<std::string> frame_bytes(const protocol::Content& content, StoreLookup& lookup);

}  // namespace framebridge::inspect
