#include "zmq/zmq_receiver.h"

#include <spdlog/spdlog.h>

#include <iterator>
#include <utility>

#include "zmq/socket.h"

namespace framebridge {

namespace {

zmq::socket_type native_type(SocketType type) {
    switch (type) {
        case SocketType::sub:
            return zmq::socket_type::sub;
        case SocketType::rep:
            return zmq::socket_type::rep;
        default:
            return zmq::socket_type::router;
    }
}

/// How many parts before the topic belong to a REQ peer: an empty one, after a request id if it correlates.
std::size_t request_parts(const std::vector<zmq::message_t>& parts) {
    constexpr std::size_t topic_and_body = 2;
    for (std::size_t delimiter = 0; delimiter < 2; ++delimiter)
        if (parts.size() >= delimiter + 1 + topic_and_body && parts[delimiter].size() == 0)
            return delimiter + 1;
    return 0;
}

/// Sorts the parts after the routing id into `message`.
void take_parts(std::vector<zmq::message_t>&& parts, ReceivedMessage& message) {
    auto next = std::make_move_iterator(parts.begin());
    const auto end = std::make_move_iterator(parts.end());
    if (next != end)
        message.topic = *next++;
    if (next != end && message.topic.size() > 0)
        message.body = *next++;
    message.attachments.assign(next, end);
}

}  // namespace

ZmqReceiver::ZmqReceiver(zmq::context_t& context, const ReceiverConfig& config)
    : config_(config), socket_(context, native_type(config.endpoint.type)) {
    set_common_options(socket_, config.endpoint);
    socket_.set(zmq::sockopt::rcvhwm, config.receive_high_water_mark);
    socket_.set(zmq::sockopt::linger, static_cast<int>(config.linger.count()));
    if (config.endpoint.type == SocketType::sub)
        socket_.set(zmq::sockopt::subscribe,
                    config.source_id.empty() ? config.topic_prefix : config.source_id);
    // A writer that was cut off comes back under its identity before its old connection is known to be dead.
    if (config.endpoint.type == SocketType::router)
        socket_.set(zmq::sockopt::router_handover, true);
    address_ = attach(socket_, config.endpoint, config.ipc_permissions);
    spdlog::info("ZeroMQ: receiving at {} ({})", config.endpoint.to_string(), address_);
}

std::optional<ReceivedMessage> ZmqReceiver::receive() {
    // Bounded, so that a flood of messages that the filters exclude does not keep the adapter's loop here.
    constexpr int most_passed_over = 100;
    for (int passed_over = 0; may_receive() && passed_over < most_passed_over; ++passed_over) {
        auto message = receive_one();
        if (!message || accepts(*message))
            return message;
        acknowledge(*message, config_.ends_stream && config_.ends_stream(message->body.to_string_view()));
    }
    return std::nullopt;
}

bool ZmqReceiver::may_receive() const {
    return config_.endpoint.type != SocketType::rep || (!answer_due_ && !stopped_);
}

std::optional<ReceivedMessage> ZmqReceiver::receive_one() {
    zmq::message_t part;
    if (!receive_part(socket_, part))
        return std::nullopt;
    ReceivedMessage message;
    bool more = part.more();
    std::vector<zmq::message_t> parts;
    if (config_.endpoint.type == SocketType::router)
        message.routing_id = std::move(part);
    else
        parts.push_back(std::move(part));
    while (more) {
        // libzmq hands out a message only when all its parts are there.
        zmq::message_t next;
        if (!receive_part(socket_, next))
            break;
        more = next.more();
        parts.push_back(std::move(next));
    }
    if (config_.endpoint.type == SocketType::router) {
        const auto topic = parts.begin() + static_cast<std::ptrdiff_t>(request_parts(parts));
        message.request.assign(std::make_move_iterator(parts.begin()), std::make_move_iterator(topic));
        parts.erase(parts.begin(), topic);
    }
    take_parts(std::move(parts), message);
    answer_due_ = config_.endpoint.type == SocketType::rep;
    return message;
}

bool ZmqReceiver::accepts(const ReceivedMessage& message) const {
    const auto topic = message.topic.to_string_view();
    if (topic.empty())
        return true;
    return (config_.source_id.empty() || topic == config_.source_id) &&
           topic.starts_with(config_.topic_prefix);
}

void ZmqReceiver::acknowledge(const ReceivedMessage& message, bool end_of_stream) {
    const bool answer =
        config_.endpoint.type == SocketType::rep
            ? std::exchange(answer_due_, false)
            : config_.endpoint.type == SocketType::router && (end_of_stream || !message.request.empty());
    if (!answer)
        return;
    // Neither socket type refuses a part: what the peer does not take, or is gone to take, is dropped.
    const auto send = [this](zmq::message_t part, bool more) { (void)send_part(socket_, part, more); };
    const auto send_copy = [&](const zmq::message_t& part) {
        send(zmq::message_t{part.data(), part.size()}, true);
    };
    if (config_.endpoint.type == SocketType::router)
        send_copy(message.routing_id);
    for (const auto& part : message.request)
        send_copy(part);
    send(zmq::message_t{std::string_view{"OK"}}, false);
}

void ZmqReceiver::add_to(PollSet& poll_set) {
    if (may_receive())
        poll_set.add_socket(socket_.handle(), ZMQ_POLLIN);
}

// The socket stays bound and connected: zmq_unbind would end the accepted connections too, before their
// answers are sent, and zmq_disconnect would throw away what is in the queue. Nor is its high water mark
// lowered: libzmq 4.3.4 then sends a command to the pipe of each peer, and crashes if one is just going away.
void ZmqReceiver::stop_receiving() {
    stopped_ = true;
}

std::unique_ptr<MessageReceiver> open_receiver(zmq::context_t& context, const ReceiverConfig& config) {
    return std::make_unique<ZmqReceiver>(context, config);
}

}  // namespace framebridge
