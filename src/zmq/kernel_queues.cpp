#include "zmq/kernel_queues.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "zmq/socket.h"

namespace framebridge::zmq {

namespace {

/// A monitor's event, as zmq_socket_monitor(3) lays it out: 16 bits of event, 32 bits of value.
struct Event {
    explicit Event(const ::zmq::message_t& part) {
        std::memcpy(&id, part.data(), sizeof id);
        std::memcpy(&value, part.data<char>() + sizeof id, sizeof value);
    }
    std::uint16_t id = 0;
    std::uint32_t value = 0;
};

}  // namespace

KernelQueues::KernelQueues(::zmq::context_t& context, ::zmq::socket_t& socket)
    : events_(
          open_monitor(context, socket, ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED)) {}

KernelQueues::~KernelQueues() {
    for (const int fd : kept_) {
        (void)::close(fd);
    }
}

void KernelQueues::update() {
    if (!events_) {
        return;
    }
    for (::zmq::message_t part; receive_part(events_, part);) {
        const Event event(part);
        (void)receive_part(events_, part);  // the address
        if (event.id == ZMQ_EVENT_DISCONNECTED) {
            connections_.erase(static_cast<int>(event.value));
        } else {
            connections_.insert(static_cast<int>(event.value));
        }
    }
}

void KernelQueues::keep_open() {
    update();
    events_.close();
    for (const int connection : connections_) {
        if (const int fd = ::fcntl(connection, F_DUPFD_CLOEXEC, 0); fd >= 0) {
            kept_.push_back(fd);
        }
    }
}

bool KernelQueues::empty() const {
    return std::all_of(kept_.begin(), kept_.end(), [](int fd) {
        int unread = 0;
        return ::ioctl(fd, SIOCOUTQ, &unread) != 0 || unread == 0;
    });
}

}  // namespace framebridge::zmq
