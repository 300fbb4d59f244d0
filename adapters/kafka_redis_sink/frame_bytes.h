#pragma once

#include <cstddef>
#include <string>

#include "kafka_redis_sink/message_in_flight.h"

namespace framebridge::sink {

/// Finds the bytes of a decoded message's frames, in its body and its extra parts (proto/README.md,
/// "ZeroMQ"), and notes them in `message.frames`; extra parts that are to travel with the record go to
/// `message.record_parts`. Returns why the parts do not fit the message; empty if they do.
std::string find_frame_bytes(MessageInFlight& message);

/// Attached frames of a message with which no extra part came.
std::size_t count_missing_parts(const MessageInFlight& message);

/// Whether extra parts with bytes came with a savant message that has no use for them: savant_rs ignores them
/// too.
bool has_ignored_parts(const MessageInFlight& message);

}  // namespace framebridge::sink
