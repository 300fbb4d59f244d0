#include "zmq/socket_receiver.h"

#include <spdlog/spdlog.h>

#include <iterator>
#include <span>
#include <utility>

#include "zmq/socket.h"

namespace framebridge::zmq {

namespace {

::zmq::socket_type native_type(SocketType type) {
    switch (type) {
        case SocketType::sub:
            return ::zmq::socket_type::sub;
        case SocketType::rep:
            return ::zmq::socket_type::rep;
        default:
            return ::zmq::socket_type::router;
    }
}

using Parts = std::span<::zmq::message_t>;

/// How many parts before the topic belong to a REQ peer: an empty one, after a request id if it correlates.
std::size_t request_parts(Parts parts) {
    constexpr std::size_t topic_and_body = 2;
    for (std::size_t delimiter = 0; delimiter < 2; ++delimiter) {
        if (parts.size() >= delimiter + 1 + topic_and_body && parts[delimiter].size() == 0) {
            return delimiter + 1;
        }
    }
    return 0;
}

/// Moves the first part to `target`, if there is one: an empty one else.
void take_first(Parts& parts, ::zmq::message_t& target) {
    if (parts.empty()) {
        target.rebuild();
        return;
    }
    target = std::move(parts.front());
    parts = parts.subspan(1);
}

void take_all(Parts parts, std::vector<::zmq::message_t>& target) {
    target.assign(std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
}

}  // namespace

SocketReceiver::SocketReceiver(::zmq::context_t& context, const ReceiverConfig& config)
    : config_(config), socket_(context, native_type(config.endpoint.type)) {
    set_common_options(socket_, config.endpoint);
    socket_.set(::zmq::sockopt::rcvhwm, config.receive_high_water_mark);
    socket_.set(::zmq::sockopt::linger, static_cast<int>(config.linger.count()));
    if (config.endpoint.type == SocketType::sub) {
        socket_.set(::zmq::sockopt::subscribe,
                    config.source_id.empty() ? config.topic_prefix : config.source_id);
    }
    // A writer that was cut off comes back under its identity before its old connection is known to be dead.
    if (config.endpoint.type == SocketType::router) {
        socket_.set(::zmq::sockopt::router_handover, true);
    }
    address_ = attach(socket_, config.endpoint, config.ipc_permissions);
    spdlog::info("ZeroMQ: receiving at {} ({})", config.endpoint.to_string(), address_);
}

bool SocketReceiver::receive(ReceivedMessage& message) {
    // Bounded, so that a flood of messages that the filters exclude does not keep the adapter's loop here.
    constexpr int most_passed_over = 100;
    for (int passed_over = 0; may_receive() && passed_over < most_passed_over; ++passed_over) {
        if (!receive_one(message)) {
            return false;
        }
        if (accepts(message)) {
            return true;
        }
        acknowledge(message, config_.ends_stream && config_.ends_stream(message.body.to_string_view()));
    }
    return false;
}

bool SocketReceiver::may_receive() const {
    return config_.endpoint.type != SocketType::rep || (!answer_due_ && !stopped_);
}

bool SocketReceiver::receive_one(ReceivedMessage& message) {
    std::size_t count = 0;
    do {
        if (count == parts_.size()) {
            parts_.emplace_back();
        }
        // libzmq hands out a message only when all its parts are there.
        if (!receive_part(socket_, parts_[count])) {
            break;
        }
        ++count;
    } while (parts_[count - 1].more());
    if (count == 0) {
        return false;
    }

    Parts parts = std::span(parts_).first(count);
    const bool router = config_.endpoint.type == SocketType::router;
    if (router) {
        take_first(parts, message.routing_id);
    }
    const std::size_t request = router ? request_parts(parts) : 0;
    take_all(parts.first(request), message.request);
    parts = parts.subspan(request);
    take_first(parts, message.topic);
    if (message.topic.size() > 0) {
        take_first(parts, message.body);
    } else {
        message.body.rebuild();
    }
    take_all(parts, message.attachments);
    answer_due_ = config_.endpoint.type == SocketType::rep;
    return true;
}

bool SocketReceiver::accepts(const ReceivedMessage& message) const {
    const auto topic = message.topic.to_string_view();
    if (topic.empty()) {
        return true;
    }
    return (config_.source_id.empty() || topic == config_.source_id) &&
           topic.starts_with(config_.topic_prefix);
}

void SocketReceiver::acknowledge(const ReceivedMessage& message, bool end_of_stream) {
    const bool answer =
        config_.endpoint.type == SocketType::rep
            ? std::exchange(answer_due_, false)
            : config_.endpoint.type == SocketType::router && (end_of_stream || !message.request.empty());
    if (!answer) {
        return;
    }
    // Neither socket type refuses a part: what the peer does not take, or is gone to take, is dropped.
    const auto send = [this](::zmq::message_t part, bool more) { (void)send_part(socket_, part, more); };
    const auto send_copy = [&](const ::zmq::message_t& part) {
        send(::zmq::message_t{part.data(), part.size()}, true);
    };
    if (config_.endpoint.type == SocketType::router) {
        send_copy(message.routing_id);
    }
    for (const auto& part : message.request) {
        send_copy(part);
    }
    send(::zmq::message_t{std::string_view{"OK"}}, false);
}

void SocketReceiver::add_to(runtime::PollSet& poll_set) {
    if (may_receive()) {
        poll_set.add_socket(socket_.handle(), runtime::PollEvents::readable);
    }
}

// The socket stays bound and connected: zmq_unbind would end the accepted connections too, before their
// answers are sent, and zmq_disconnect would throw away what is in the queue. Nor is its high water mark
// lowered: libzmq 4.3.4 then sends a command to the pipe of each peer, and crashes if one is just going away.
void SocketReceiver::stop_receiving() {
    stopped_ = true;
}

std::unique_ptr<Receiver> open_receiver(::zmq::context_t& context, const ReceiverConfig& config) {
    return std::make_unique<SocketReceiver>(context, config);
}

}  // namespace framebridge::zmq
