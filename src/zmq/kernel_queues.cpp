#include "zmq/kernel_queues.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace framebridge::zmq {

KernelQueues::KernelQueues(::zmq::context_t& context, ::zmq::socket_t& socket)
    : events_(context, socket, ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) {}

void KernelQueues::update() {
    while (const auto event = events_.next()) {
        if (event->id == ZMQ_EVENT_DISCONNECTED) {
            connections_.erase(event->fd);
        } else {
            connections_.insert(event->fd);
        }
    }
}

void KernelQueues::keep_open() {
    update();
    events_.close();
    for (const int connection : connections_) {
        if (const int fd = ::fcntl(connection, F_DUPFD_CLOEXEC, 0); fd >= 0) {
            kept_.emplace_back(fd);
        }
    }
}

bool KernelQueues::empty() const {
    return std::all_of(kept_.begin(), kept_.end(), [](const runtime::UniqueFd& fd) {
        int unread = 0;
        return ::ioctl(fd.get(), SIOCOUTQ, &unread) != 0 || unread == 0;
    });
}

}  // namespace framebridge::zmq
