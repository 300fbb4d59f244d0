#include "zmq/stream_sender.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "zmq/outgoing.h"
#include "zmq/socket.h"

namespace framebridge::zmq {

namespace {

bool is_ipc(const Endpoint& endpoint) {
    return endpoint.address.starts_with("ipc:");
}

/// How much KernelQueues can hold that is lost if this process is killed.
std::uint64_t bytes_lost_in_kernel(const Endpoint& endpoint) {
    if (!is_ipc(endpoint)) {
        return 0;
    }
    // The kernel lets one more buffer in when there is any room.
    constexpr std::uint64_t one_more = std::uint64_t{64} << 10;
    int size = 212'992;
    socklen_t length = sizeof(size);
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe >= 0) {
        (void)::getsockopt(probe, SOL_SOCKET, SO_SNDBUF, &size, &length);
        (void)::close(probe);
    }
    return static_cast<std::uint64_t>(size) + one_more;
}

/// For what nothing tells of. Returns whether it has come true in time.
bool wait_until(const std::function<bool()>& condition, std::chrono::steady_clock::time_point deadline) {
    using namespace std::chrono_literals;
    runtime::PollSet poll_set;
    while (!condition()) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= deadline) {
            return false;
        }
        poll_set.wake_at(std::min(now + 2ms, deadline));
        poll_set.wait();
    }
    return true;
}

}  // namespace

StreamSender::StreamSender(const SenderConfig& config)
    : config_(config),
      tracker_(bytes_lost_in_kernel(config.endpoint)),
      socket_(context_, config.endpoint.type == SocketType::pub ? ::zmq::socket_type::pub
                                                                : ::zmq::socket_type::dealer) {
    set_common_options(socket_, config.endpoint);
    socket_.set(::zmq::sockopt::sndhwm, config.send_high_water_mark);
    // A connected DEALER queues also while its peer is away (ZMQ_IMMEDIATE stays off): that queue survives
    // the peer's restart, while ZMQ_IMMEDIATE's dies with every connection. What is queued is not safe
    // anyway.
    if (is_ipc(config.endpoint) && config.endpoint.type == SocketType::dealer) {
        kernel_queues_.emplace(context_, socket_);
    }
    address_ = attach(socket_, config.endpoint, config.ipc_permissions);
    spdlog::info("ZeroMQ: sending at {} ({})", config.endpoint.to_string(), address_);
}

StreamSender::~StreamSender() {
    using namespace std::chrono_literals;
    kernel_queues_.reset();
    if (socket_) {
        (void)close(std::chrono::steady_clock::now() + 100ms);
    }
}

bool StreamSender::try_send(OutgoingMessage& message) {
    if (!socket_) {
        return false;
    }
    // libzmq looks rarely by itself whether its queue has room again, and PUB drops until it has looked.
    if (config_.endpoint.type == SocketType::pub) {
        (void)socket_.get(::zmq::sockopt::events);
    }
    auto& released = tracker_.add(wire_size(message));
    blocked_ = !send_message(socket_, {}, message, &released);
    if (blocked_) {
        tracker_.remove_last();
        return false;
    }
    ++sent_;
    if (message.end_of_stream && config_.endpoint.type == SocketType::dealer) {
        unacknowledged_ends_.push_back(sent_);
    }
    message = {};
    return true;
}

void StreamSender::advance() {
    if (!socket_ || config_.endpoint.type != SocketType::dealer) {
        return;
    }
    if (kernel_queues_) {
        kernel_queues_->update();
    }
    ::zmq::message_t part;
    while (receive_part(socket_, part)) {
        std::vector<std::string> parts{part.to_string()};
        while (part.more() && receive_part(socket_, part)) {
            parts.push_back(part.to_string());
        }
        if (parts.front().empty() && parts.size() > 1) {
            parts.erase(parts.begin());  // the delimiter of a peer that answers as REP does
        }
        take_answer(parts);
    }
}

// `[OK]`, `[REFUSED]`: of an end of stream. With details: of an end of stream, or of another message that
// asked for them.
void StreamSender::take_answer(const std::vector<std::string>& parts) {
    const bool refused = parts.front() == protocol::answer_refused;
    if (parts.size() > 2 || (!refused && parts.front() != protocol::answer_kept)) {
        return;
    }
    auto details = protocol::decode_answer(parts.size() > 1 ? parts[1] : std::string{});
    const bool ends_stream = parts.size() == 1 || details.stream;
    const auto number = ends_stream ? take_end_of_stream_ack() : std::nullopt;
    if (refused) {
        refusals_.push_back({number, std::nullopt, std::move(details)});
    }
}

// One peer reads and answers in order: the k-th answer is for the k-th end of stream, whose number this
// returns. A bound socket may have several, whose answers overtake each other: they say something only when
// none is missing.
std::optional<std::uint64_t> StreamSender::take_end_of_stream_ack() {
    if (unacknowledged_ends_.size() == early_acks_) {
        return std::nullopt;
    }
    const auto number = unacknowledged_ends_[early_acks_] - 1;
    ++early_acks_;
    if (config_.endpoint.bind && early_acks_ < unacknowledged_ends_.size()) {
        return std::nullopt;
    }
    const auto last = unacknowledged_ends_.begin() + static_cast<std::ptrdiff_t>(early_acks_);
    safe_ = std::max(safe_, *std::prev(last));
    unacknowledged_ends_.erase(unacknowledged_ends_.begin(), last);
    early_acks_ = 0;
    return config_.endpoint.bind ? std::nullopt : std::optional(number);
}

std::uint64_t StreamSender::safe_count() {
    // A closed socket has released everything, also what it dropped.
    if (socket_) {
        safe_ = std::max(safe_, tracker_.safe_count());
    }
    return safe_;
}

void StreamSender::add_to(runtime::PollSet& poll_set) {
    if (!socket_ || config_.endpoint.type != SocketType::dealer) {
        return;
    }
    poll_set.add_socket(socket_.handle(),
                        blocked_ ? runtime::PollEvents::both : runtime::PollEvents::readable);
}

bool StreamSender::awaits_end_of_stream_ack() {
    return !unacknowledged_ends_.empty() && unacknowledged_ends_.back() > safe_count();
}

bool StreamSender::flush_and_close(std::chrono::milliseconds limit) {
    if (!socket_) {
        return all_left_;
    }
    const auto start = std::chrono::steady_clock::now();
    // An answer that arrives after the process is gone makes TCP reset the connection, with what is still on
    // its way. A peer that does not answer must leave time for the rest, though.
    runtime::PollSet poll_set;
    blocked_ = false;
    for (advance(); awaits_end_of_stream_ack() && std::chrono::steady_clock::now() < start + limit / 2;
         advance()) {
        add_to(poll_set);
        poll_set.wake_at(start + limit / 2);
        poll_set.wait();
    }
    all_left_ = kernel_queues_ ? close_read(start + limit) : close(start + limit);
    if (all_left_) {
        safe_ = sent_;
    }
    return all_left_;
}

bool StreamSender::close(std::chrono::steady_clock::time_point deadline) {
    using namespace std::chrono_literals;
    const bool nothing_waits = safe_count() == sent_;
    const auto left = std::max(
        0ms, std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
    // Its end after the deadline is how an expired linger is told from a queue that became empty: hence
    // longer.
    socket_.set(::zmq::sockopt::linger, static_cast<int>((left + 20ms).count()));
    socket_.close();
    context_.close();
    return nothing_waits || std::chrono::steady_clock::now() < deadline;
}

// What libzmq has not released may still wait for a connection, which could not be kept open yet.
bool StreamSender::close_read(std::chrono::steady_clock::time_point deadline) {
    (void)wait_until([this] { return tracker_.all_released(); }, deadline);
    kernel_queues_->keep_open();
    const bool all_read = close(deadline) && wait_until([this] { return kernel_queues_->empty(); }, deadline);
    kernel_queues_.reset();
    return all_read;
}

}  // namespace framebridge::zmq
