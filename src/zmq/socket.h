#pragma once

#include <optional>
#include <string>
#include <zmq.hpp>

#include "zmq/endpoint.h"

namespace framebridge::zmq {

/// Sets what all sockets have in common: TCP keepalive, IPv6 for a bracketed address, backoff of reconnects.
void set_common_options(::zmq::socket_t& socket, const Endpoint& endpoint);

/// Binds or connects, and returns the address with a wildcard port resolved. For a bound ipc endpoint: makes
/// the directory, refuses to push a living listener (or a file that is no socket) aside, and gives the socket
/// file its mode. Throws runtime::Failure.
std::string attach(::zmq::socket_t& socket, const Endpoint& endpoint,
                   std::optional<unsigned> ipc_permissions);

/// A socket that receives those of `socket`'s events that are in `events` (ZMQ_EVENT_...), each in two parts:
/// see zmq_socket_monitor(3). Throws zmq::error_t.
::zmq::socket_t open_monitor(::zmq::context_t& context, ::zmq::socket_t& socket, int events);

/// Sends a part without blocking. False: it would block, `part` is as it was. Throws zmq::error_t.
[[nodiscard]] bool send_part(::zmq::socket_t& socket, ::zmq::message_t& part, bool more);

/// Receives a part without blocking. False: there is none. Throws zmq::error_t.
[[nodiscard]] bool receive_part(::zmq::socket_t& socket, ::zmq::message_t& part);

}  // namespace framebridge::zmq
