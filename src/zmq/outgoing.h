#pragma once

#include <atomic>
#include <vector>
#include <zmq.hpp>

#include "zmq/sender.h"

namespace framebridge::zmq {

/// Sends `[prefix..., topic, body, attachments...]` whole, or nothing of it and returns false if it would
/// block. Large bytes that have an owner are not copied; their owner is held for as long as libzmq needs
/// them. `released`, if given, becomes true (on libzmq's thread) when libzmq is done with the message's last
/// part, and must live until then; it does not if false is returned.
[[nodiscard]] bool send_message(::zmq::socket_t& socket, const std::vector<std::string>& prefix,
                                const OutgoingMessage& message, std::atomic<bool>* released);

/// The bytes of the message on the wire, with ZMTP's frame headers; rather too few than too many.
[[nodiscard]] std::uint64_t wire_size(const OutgoingMessage& message);

}  // namespace framebridge::zmq
