#pragma once

#include <set>
#include <vector>
#include <zmq.hpp>

#include "runtime/unique_fd.h"
#include "zmq/monitor.h"

namespace framebridge::zmq {

/// What the kernel holds of what a socket wrote to its peers over Unix sockets, until they have read it. A
/// libzmq reader whose queue is full does not read on, and drops what it has not read when the writer goes:
/// epoll tells it of the hangup, which it takes for the end. (TCP tells it of the end behind the data.)
class KernelQueues {
  public:
    /// To be made before the socket binds or connects.
    KernelQueues(::zmq::context_t& context, ::zmq::socket_t& socket);

    /// Takes note of peers that came and went; to be called now and then.
    void update();
    /// The connections of now stay open, also when the socket closes them, until this is destroyed. Ends the
    /// use of the context.
    void keep_open();
    /// Whether the peers of the connections that are kept open have read everything.
    [[nodiscard]] bool empty() const;

  private:
    Monitor events_;
    std::set<int> connections_;
    std::vector<runtime::UniqueFd> kept_;
};

}  // namespace framebridge::zmq
