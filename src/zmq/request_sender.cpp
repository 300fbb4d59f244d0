#include "zmq/request_sender.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "zmq/outgoing.h"
#include "zmq/socket.h"

namespace framebridge::zmq {

namespace {

// Tells the answers to one message from those to the one before and after it; libzmq's ids have 4 bytes too.
std::string request_id(std::uint64_t message) {
    const auto number = static_cast<std::uint32_t>(message);
    std::string id(sizeof(number), '\0');
    std::memcpy(id.data(), &number, sizeof(number));
    return id;
}

void keep(OwnedBytes& content) {
    if (content.owner) {
        return;
    }
    const auto bytes = std::make_shared<const std::string>(content.bytes);
    content = {bytes, *bytes};
}

}  // namespace

RequestSender::RequestSender(const SenderConfig& config)
    : config_(config),
      socket_(context_, ::zmq::socket_type::dealer),
      lost_peers_(context_, socket_, ZMQ_EVENT_DISCONNECTED) {
    set_common_options(socket_, config.endpoint);
    socket_.set(::zmq::sockopt::sndhwm, config.send_high_water_mark);
    // Only a connected peer is sent to: else the copies for one that is away would pile up in the queue.
    socket_.set(::zmq::sockopt::immediate, true);
    socket_.set(::zmq::sockopt::linger, 0);
    address_ = attach(socket_, config.endpoint, config.ipc_permissions);
    spdlog::info("ZeroMQ: sending at {} ({})", config.endpoint.to_string(), address_);
}

RequestSender::~RequestSender() {
    if (socket_) {
        close();
    }
}

bool RequestSender::try_send(OutgoingMessage& message) {
    if (!socket_ || unanswered_ || !send(message)) {
        return false;
    }
    patience_ = config_.ack_timeout;
    repeat_at_ = Clock::now() + patience_;
    keep(message.body);
    std::for_each(message.attachments.begin(), message.attachments.end(), keep);
    unanswered_ = std::exchange(message, {});
    return true;
}

bool RequestSender::send(const OutgoingMessage& message) {
    const bool sent = send_message(socket_, {request_id(acknowledged_), ""}, message, nullptr);
    no_peer_ = !sent;
    return sent;
}

void RequestSender::advance() {
    if (!socket_) {
        return;
    }
    while (receive_answer()) {
    }
    watch_peers();
    if (!unanswered_ || Clock::now() < repeat_at_ || !send(*unanswered_)) {
        return;
    }
    spdlog::warn("ZeroMQ: a message was not answered at {}, it was sent again", config_.endpoint.to_string());
    constexpr int longest = 8;
    patience_ = std::min<Clock::duration>(2 * patience_, longest * config_.ack_timeout);
    repeat_at_ = Clock::now() + patience_;
}

bool RequestSender::receive_answer() {
    ::zmq::message_t part;
    if (!receive_part(socket_, part)) {
        return false;
    }
    const bool matches = unanswered_ && part.to_string_view() == request_id(acknowledged_);
    // The request's id, an empty part, and the answer.
    std::vector<std::string> parts;
    while (part.more() && receive_part(socket_, part)) {
        parts.push_back(part.to_string());
    }
    if (matches) {
        if (parts.size() > 1 && parts[1] == protocol::answer_refused) {
            refusals_.push_back({acknowledged_, std::move(unanswered_),
                                 protocol::decode_answer(parts.size() > 2 ? parts[2] : std::string{})});
        }
        unanswered_.reset();
        no_peer_ = false;
        ++acknowledged_;
    }
    return true;
}

// What a peer had not answered when it went away it may never have read. It is sent again, to another one or
// when a peer has come back; a moment later, as libzmq tells of the loss just before it gives up the lost
// peer's queue.
void RequestSender::watch_peers() {
    using namespace std::chrono_literals;
    bool lost = false;
    while (lost_peers_.next()) {
        lost = true;
    }
    if (!lost) {
        return;
    }
    patience_ = config_.ack_timeout;
    repeat_at_ = std::min(repeat_at_, Clock::now() + 100ms);
}

void RequestSender::add_to(runtime::PollSet& poll_set) {
    if (!socket_) {
        return;
    }
    poll_set.add_socket(socket_.handle(),
                        no_peer_ ? runtime::PollEvents::both : runtime::PollEvents::readable);
    lost_peers_.add_to(poll_set);
    if (unanswered_ && !no_peer_) {
        poll_set.wake_at(repeat_at_);
    }
}

bool RequestSender::flush_and_close(std::chrono::milliseconds limit) {
    if (!socket_) {
        return !unanswered_;
    }
    const auto deadline = Clock::now() + limit;
    runtime::PollSet poll_set;
    no_peer_ = false;
    for (advance(); unanswered_ && Clock::now() < deadline; advance()) {
        add_to(poll_set);
        poll_set.wake_at(deadline);
        poll_set.wait();
    }
    close();
    return !unanswered_;
}

void RequestSender::close() {
    lost_peers_.close();
    socket_.close();
    context_.close();
}

}  // namespace framebridge::zmq
