#include "zmq/monitor.h"

#include <atomic>
#include <cstring>
#include <string>

#include "zmq/socket.h"

namespace framebridge::zmq {

Monitor::Monitor(::zmq::context_t& context, ::zmq::socket_t& socket, int events)
    : socket_(socket), events_(context, ::zmq::socket_type::pair) {
    static std::atomic<std::uint64_t> next_number{0};
    const auto address = "inproc://events-" + std::to_string(next_number++);
    if (zmq_socket_monitor(socket.handle(), address.c_str(), events) != 0) {
        throw ::zmq::error_t();
    }
    // libzmq's I/O thread would wait for room in a queue with a limit.
    events_.set(::zmq::sockopt::rcvhwm, 0);
    events_.connect(address);
}

std::optional<Monitor::Event> Monitor::next() {
    ::zmq::message_t part;
    if (!events_ || !receive_part(events_, part)) {
        return std::nullopt;
    }
    // 16 bits of event, 32 bits of value; the second part is the address.
    Event event;
    std::int32_t value = 0;
    std::memcpy(&event.id, part.data(), sizeof event.id);
    std::memcpy(&value, part.data<char>() + sizeof event.id, sizeof value);
    event.fd = value;
    (void)receive_part(events_, part);
    return event;
}

// First the sending end: without a receiving one, libzmq's I/O thread would wait for it for ever.
void Monitor::close() {
    if (events_) {
        zmq_socket_monitor(socket_.handle(), nullptr, 0);
        events_.close();
    }
}

}  // namespace framebridge::zmq
