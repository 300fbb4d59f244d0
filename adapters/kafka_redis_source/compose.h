#pragma once

#include <string_view>

#include "kafka_redis_source/message_in_flight.h"
#include "zmq/sender.h"

namespace framebridge::source {

/// The ZeroMQ topic that a message is sent under: its source, else its record's key, else its first frame's
/// source. Empty if it has none of them: such a message cannot be sent.
std::string_view topic_of(const MessageInFlight& message);

/// The message as it leaves: frames that were inside it or in a store are parts of their own.
zmq::OutgoingMessage compose(const MessageInFlight& message);

}  // namespace framebridge::source
