#pragma once

#include <cstddef>
#include <string>

#include "kafka_redis_sink/message_in_flight.h"

namespace framebridge::sink {

/// What became of the extra parts of a message.
struct FoundBytes {
    std::string fault;        ///< Why the parts do not fit the message; empty if they do.
    std::size_t missing = 0;  ///< Attached frames of a message with which no extra part came.
    /// Extra parts with bytes of a savant message that has no use for them: savant_rs ignores them too.
    std::size_t ignored = 0;
};

/// Finds the bytes of a decoded message's frames, in its body and its extra parts (proto/README.md, "Parts"),
/// and notes them in `message.frames`; extra parts that are to travel with the record go to
/// `message.record_parts`.
FoundBytes find_frame_bytes(MessageInFlight& message);

}  // namespace framebridge::sink
