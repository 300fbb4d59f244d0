#pragma once

#include <optional>

#include "runtime/log_limit.h"
#include "zmq/answer_book.h"
#include "zmq/identity_watch.h"
#include "zmq/receiver.h"

namespace framebridge::zmq {

class SocketReceiver final : public Receiver {
  public:
    SocketReceiver(::zmq::context_t& context, const ReceiverConfig& config);

    bool receive(ReceivedMessage& message) override;
    void acknowledge(const ReceivedMessage& message, const Answer& answer) override;
    void add_to(runtime::PollSet& poll_set) override;
    void stop_receiving() override;
    [[nodiscard]] const ReceiverStatistics& statistics() const override { return statistics_; }

    /// Where it is bound, with the port that a wildcard became, or what it connects to.
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    [[nodiscard]] bool may_receive() const;
    bool receive_one(ReceivedMessage& message);
    void note_identity(const ReceivedMessage& message, const ::zmq::message_t& part);
    void answer_excluded(const ReceivedMessage& message);
    void send_answer(const ReceivedMessage& message, const std::vector<std::string>& answer);
    [[nodiscard]] bool accepts(const ReceivedMessage& message) const;

    ReceiverConfig config_;
    ::zmq::socket_t socket_;
    std::string address_;
    std::vector<::zmq::message_t> parts_;  // Of the message that is being received.
    bool answer_due_ = false;              // REP: its socket cannot receive before it has answered.
    bool stopped_ = false;
    AnswerBook answers_;
    IdentityWatch identities_;  // Knows the peers of a ROUTER, and every socket's connections.
    ReceiverStatistics statistics_;
    runtime::LogLimit log_limit_;
};

}  // namespace framebridge::zmq
