#pragma once

#include <cstdint>
#include <optional>
#include <zmq.hpp>

#include "runtime/poll_set.h"

namespace framebridge::zmq {

/// Tells of a socket's connections: see zmq_socket_monitor(3). To be made before the socket binds or
/// connects, and to be destroyed or closed before it.
class Monitor {
  public:
    struct Event {
        std::uint16_t id = 0;  ///< ZMQ_EVENT_...
        int fd = -1;           ///< The connection's descriptor, for the events that have one.
    };

    /// `events` are those to be told of. Throws zmq::error_t.
    Monitor(::zmq::context_t& context, ::zmq::socket_t& socket, int events);
    ~Monitor() { close(); }
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// The next event, if something has happened. Does not block.
    std::optional<Event> next();
    void add_to(runtime::PollSet& poll_set) {
        poll_set.add_socket(events_.handle(), runtime::PollEvents::readable);
    }
    /// Ends the use of the socket and of the context.
    void close();

  private:
    ::zmq::socket_t& socket_;
    ::zmq::socket_t events_;
};

}  // namespace framebridge::zmq
