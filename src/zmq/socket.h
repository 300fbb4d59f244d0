#pragma once

#include <string>
#include <zmq.hpp>

#include "zmq/endpoint.h"
#include "zmq/file_mode.h"

namespace framebridge::zmq {

/// Sets what all sockets have in common: TCP keepalive, IPv6 where the host needs it (`*` is both),
/// backoff of reconnects. May ask the name service.
void set_common_options(::zmq::socket_t& socket, const Endpoint& endpoint);

/// Binds or connects, and returns the address with a wildcard port resolved. For a bound ipc endpoint: makes
/// the directory, refuses to push a living listener (or a file that is no socket) aside, and gives the socket
/// file its mode. Throws runtime::Failure.
std::string attach(::zmq::socket_t& socket, const Endpoint& endpoint, FileMode ipc_permissions);

/// Sends a part without blocking. False: it would block, `part` is as it was. Throws zmq::error_t.
[[nodiscard]] bool send_part(::zmq::socket_t& socket, ::zmq::message_t& part, bool more);

/// Receives a part without blocking. False: there is none. Throws zmq::error_t.
[[nodiscard]] bool receive_part(::zmq::socket_t& socket, ::zmq::message_t& part);

}  // namespace framebridge::zmq
