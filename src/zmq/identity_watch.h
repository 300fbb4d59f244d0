#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <zmq.hpp>

#include "zmq/monitor.h"

namespace framebridge::zmq {

/// Notices two living peers of one identity at a ROUTER socket: libzmq serves the newer one and leaves the
/// older one connected, unread. An older connection that has ended is a peer that came back, and nothing to
/// be noticed.
class IdentityWatch {
  public:
    /// To be made before the socket binds or connects.
    IdentityWatch(::zmq::context_t& context, ::zmq::socket_t& socket);

    /// Takes note of connections that came and went, so that libzmq's queue of them stays short.
    void update();
    /// Notes that the peer `routing_id` sent `part`. Returns whether it took the identity over from a peer
    /// whose connection is open; once for each time.
    [[nodiscard]] bool takes_over(const ::zmq::message_t& routing_id, const ::zmq::message_t& part);

    /// That are open, of whichever kind the socket is.
    [[nodiscard]] std::size_t connections() const { return open_.size(); }

  private:
    /// A connection: descriptors are used again, the number is not.
    struct Connection {
        int fd = -1;
        std::uint64_t number = 0;
        bool operator==(const Connection&) const = default;
    };
    [[nodiscard]] std::optional<Connection> find(int fd) const;

    Monitor events_;
    std::map<int, std::uint64_t> open_;  // The number of each open descriptor's connection.
    std::map<std::string, Connection, std::less<>> speakers_;
    std::uint64_t next_number_ = 0;
};

}  // namespace framebridge::zmq
