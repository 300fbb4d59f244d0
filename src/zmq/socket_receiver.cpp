#include "zmq/socket_receiver.h"

#include <spdlog/spdlog.h>

#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/text.h"
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

bool is_readable(const ::zmq::message_t& part) {
    protocol::Envelope envelope;
    return decode(protocol::FormatChoice::automatic, part.to_string_view(), envelope).has_value();
}

/// How many parts before the topic belong to a REQ peer: an empty one, after a request id if it correlates.
std::size_t request_parts(Parts parts) {
    constexpr std::size_t topic_and_body = 2;
    if (parts.size() > topic_and_body && parts[0].size() == 0 && is_readable(parts[1]) &&
        !is_readable(parts[2])) {
        return 0;  // Not a REQ peer's, but an empty topic.
    }
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

std::string_view problem_of(Parts parts) {
    if (parts.empty()) {
        return "the message has no parts";
    }
    if (parts.front().size() == 0) {
        return "the topic, the message's first part, is empty";
    }
    return parts.size() == 1 ? "the message has a single part: its topic and its body are two"
                             : std::string_view{};
}

/// Tells peers apart. REP does not say whom a message is from, but on which connection it came.
std::string peer_of(const ReceivedMessage& message, SocketType type) {
    if (type == SocketType::router) {
        return message.routing_id.to_string();
    }
    return std::to_string(zmq_msg_get(message.topic.handle(), ZMQ_SRCFD));
}

void take_all(Parts parts, std::vector<::zmq::message_t>& target) {
    target.assign(std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
}

}  // namespace

SocketReceiver::SocketReceiver(::zmq::context_t& context, const ReceiverConfig& config)
    : config_(config), socket_(context, native_type(config.endpoint.type)), identities_(context, socket_) {
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
    if (config.max_part_bytes > 0) {
        socket_.set(::zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(config.max_part_bytes));
        spdlog::info("ZeroMQ: a peer that sends a part of more than {} bytes is cut off",
                     config.max_part_bytes);
    }
    address_ = attach(socket_, config.endpoint, config.ipc_permissions);
    spdlog::info("ZeroMQ: receiving at {} ({})", config.endpoint.to_string(), address_);
}

bool SocketReceiver::receive(ReceivedMessage& message) {
    identities_.update();
    statistics_.connections = identities_.connections();
    // Bounded, so that a flood of messages that the filters exclude does not keep the adapter's loop here.
    constexpr int max_excluded = 100;
    for (int excluded = 0; may_receive() && excluded < max_excluded; ++excluded) {
        if (!receive_one(message)) {
            return false;
        }
        if (accepts(message)) {
            return true;
        }
        answer_excluded(message);
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
    message.problem = problem_of(parts);
    if (!parts.empty()) {
        note_identity(message, parts.front());
    }
    take_first(parts, message.topic);
    take_first(parts, message.body);
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

void SocketReceiver::note_identity(const ReceivedMessage& message, const ::zmq::message_t& part) {
    if (!identities_.takes_over(message.routing_id, part)) {
        return;
    }
    constexpr std::size_t max_names = 100;
    auto name = runtime::printable(message.routing_id.to_string_view(), 64);
    auto& counts = statistics_.identities_taken_over;
    if (counts.size() >= max_names && !counts.contains(name)) {
        name = "others";
    }
    ++counts[name];
    log_limit_.warn(
        "ZeroMQ: two peers have the identity '{}' at {}: the newer one is served, what the older one sends "
        "is not read; "
        "give each peer an identity (ZMQ_ROUTING_ID) of its own, or none",
        name, config_.endpoint.to_string());
}

void SocketReceiver::answer_excluded(const ReceivedMessage& message) {
    protocol::Envelope envelope;
    const bool readable = decode(config_.format, message.body.to_string_view(), envelope).has_value();
    acknowledge(message, {.envelope = readable ? &envelope : nullptr});
}

void SocketReceiver::acknowledge(const ReceivedMessage& message, const Answer& answer) {
    const auto type = config_.endpoint.type;
    if (type == SocketType::sub || (type == SocketType::rep && !std::exchange(answer_due_, false))) {
        return;
    }
    const bool waits = type == SocketType::rep || !message.request.empty();
    const auto reply =
        answers_.answer(peer_of(message, type), waits ? Answering::every_message : Answering::ends_of_stream,
                        message, answer);
    statistics_.refused_but_answered_ok = answers_.refused_but_answered_ok();
    if (!reply.empty()) {
        send_answer(message, reply);
    }
}

// Neither socket type refuses a part: what the peer does not take, or is gone to take, is dropped.
void SocketReceiver::send_answer(const ReceivedMessage& message, const std::vector<std::string>& answer) {
    const auto send = [this](std::string_view bytes, bool more) {
        ::zmq::message_t part{bytes.data(), bytes.size()};
        (void)send_part(socket_, part, more);
    };
    if (config_.endpoint.type == SocketType::router) {
        send(message.routing_id.to_string_view(), true);
    }
    for (const auto& part : message.request) {
        send(part.to_string_view(), true);
    }
    for (std::size_t index = 0; index < answer.size(); ++index) {
        send(answer[index], index + 1 < answer.size());
    }
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
