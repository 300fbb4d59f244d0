#include "zmq/identity_watch.h"

#include <utility>

namespace framebridge::zmq {

namespace {

// Of more named peers, those that are known are forgotten, and a handover between them goes unnoticed.
constexpr std::size_t max_speakers = 4096;

// libzmq's own identities begin so; no two peers get the same.
bool is_generated(const ::zmq::message_t& routing_id) {
    return routing_id.size() == 0 || *routing_id.data<char>() == '\0';
}

}  // namespace

IdentityWatch::IdentityWatch(::zmq::context_t& context, ::zmq::socket_t& socket)
    : events_(context, socket, ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) {}

void IdentityWatch::update() {
    while (const auto event = events_.next()) {
        if (event->id == ZMQ_EVENT_DISCONNECTED) {
            open_.erase(event->fd);
        } else {
            open_[event->fd] = next_number_++;
        }
    }
}

bool IdentityWatch::takes_over(const ::zmq::message_t& routing_id, const ::zmq::message_t& part) {
    if (is_generated(routing_id)) {
        return false;
    }
    const auto now = find(zmq_msg_get(part.handle(), ZMQ_SRCFD));
    if (!now) {
        return false;
    }
    const auto id = routing_id.to_string_view();
    const auto known = speakers_.find(id);
    if (known == speakers_.end()) {
        if (speakers_.size() == max_speakers) {
            speakers_.clear();
        }
        speakers_.emplace(id, *now);
        return false;
    }
    const Connection before = std::exchange(known->second, *now);
    return before != *now && find(before.fd) == before;
}

std::optional<IdentityWatch::Connection> IdentityWatch::find(int fd) const {
    const auto open = open_.find(fd);
    return open == open_.end() ? std::nullopt : std::optional(Connection{fd, open->second});
}

}  // namespace framebridge::zmq
