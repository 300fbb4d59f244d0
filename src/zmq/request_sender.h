#pragma once

#include <chrono>
#include <optional>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "zmq/monitor.h"
#include "zmq/sender.h"

namespace framebridge::zmq {

/// REQ: one message at a time, kept and repeated until the reader has answered it.
/// The socket is a DEALER that speaks as a REQ does (RFC 28, with ZMQ_REQ_CORRELATE's request ids): a real
/// REQ sees nothing but the answer to its last request, so that a message that was repeated too early would
/// not be acknowledged by the answer to its first copy. Here all copies have one id, and any answer to it
/// counts.
class RequestSender final : public Sender {
  public:
    explicit RequestSender(const SenderConfig& config);
    ~RequestSender() override;

    bool try_send(OutgoingMessage& message) override;
    void advance() override;
    std::uint64_t safe_count() override { return acknowledged_; }
    std::vector<Refusal> take_refusals() override { return std::exchange(refusals_, {}); }
    [[nodiscard]] std::size_t unanswered() const override { return unanswered_ ? 1 : 0; }
    void add_to(runtime::PollSet& poll_set) override;
    bool flush_and_close(std::chrono::milliseconds limit) override;

    /// Where it is bound, with the port that a wildcard became, or what it connects to.
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    using Clock = std::chrono::steady_clock;

    bool send(const OutgoingMessage& message);
    bool receive_answer();
    void watch_peers();
    void close();

    SenderConfig config_;
    ::zmq::context_t context_{1};
    ::zmq::socket_t socket_;
    Monitor lost_peers_;  // libzmq tells here of each.
    std::string address_;
    std::optional<OutgoingMessage> unanswered_;
    std::vector<Refusal> refusals_;
    Clock::duration patience_{};  // Grows with each repetition: a connected peer is rather slow than deaf.
    Clock::time_point repeat_at_{};
    std::uint64_t acknowledged_ = 0;
    bool no_peer_ = false;  // The last attempt to send found nobody to send to.
};

}  // namespace framebridge::zmq
