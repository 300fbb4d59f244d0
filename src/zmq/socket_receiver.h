#pragma once

#include "zmq/receiver.h"

namespace framebridge::zmq {

class SocketReceiver final : public Receiver {
  public:
    SocketReceiver(::zmq::context_t& context, const ReceiverConfig& config);

    bool receive(ReceivedMessage& message) override;
    void acknowledge(const ReceivedMessage& message, bool end_of_stream) override;
    void add_to(runtime::PollSet& poll_set) override;
    void stop_receiving() override;

    /// Where it is bound, with the port that a wildcard became, or what it connects to.
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    [[nodiscard]] bool may_receive() const;
    bool receive_one(ReceivedMessage& message);
    [[nodiscard]] bool accepts(const ReceivedMessage& message) const;

    ReceiverConfig config_;
    ::zmq::socket_t socket_;
    std::string address_;
    std::vector<::zmq::message_t> parts_;  // Of the message that is being received.
    bool answer_due_ = false;              // REP: its socket cannot receive before it has answered.
    bool stopped_ = false;
};

}  // namespace framebridge::zmq
