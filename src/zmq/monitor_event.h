#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <zmq.hpp>

#include "zmq/socket.h"

namespace framebridge::zmq {

/// A monitor's event, as zmq_socket_monitor(3) lays it out: 16 bits of event, 32 bits of value.
struct MonitorEvent {
    explicit MonitorEvent(const ::zmq::message_t& part) {
        std::memcpy(&id, part.data(), sizeof id);
        std::memcpy(&value, part.data<char>() + sizeof id, sizeof value);
    }
    [[nodiscard]] int fd() const { return static_cast<int>(value); }

    std::uint16_t id = 0;
    std::uint32_t value = 0;
};

/// The next event of a socket that open_monitor() gave; none: nothing has happened. Does not block.
inline std::optional<MonitorEvent> receive_event(::zmq::socket_t& monitor) {
    ::zmq::message_t part;
    if (!receive_part(monitor, part)) {
        return std::nullopt;
    }
    const MonitorEvent event(part);
    (void)receive_part(monitor, part);  // the address
    return event;
}

}  // namespace framebridge::zmq
