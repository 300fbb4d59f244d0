#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "zmq/kernel_queues.h"
#include "zmq/release_tracker.h"
#include "zmq/sender.h"

namespace framebridge::zmq {

/// PUB and DEALER: messages go into libzmq's queue; the reader acknowledges, if at all, ends of stream.
class StreamSender final : public Sender {
  public:
    explicit StreamSender(const SenderConfig& config);
    ~StreamSender() override;

    bool try_send(OutgoingMessage& message) override;
    void advance() override;
    std::uint64_t safe_count() override;
    std::vector<Refusal> take_refusals() override { return std::exchange(refusals_, {}); }
    [[nodiscard]] std::size_t unanswered() const override {
        return unacknowledged_ends_.size() - early_acks_;
    }
    void add_to(runtime::PollSet& poll_set) override;
    bool flush_and_close(std::chrono::milliseconds limit) override;

    /// Where it is bound, with the port that a wildcard became, or what it connects to.
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    void take_answer(const std::vector<std::string>& parts);
    std::optional<std::uint64_t> take_end_of_stream_ack();
    [[nodiscard]] bool awaits_end_of_stream_ack();
    bool close(std::chrono::steady_clock::time_point deadline);
    bool close_read(std::chrono::steady_clock::time_point deadline);

    SenderConfig config_;
    ReleaseTracker tracker_;  // Before the context, so that it outlives it.
    ::zmq::context_t context_{1};
    ::zmq::socket_t socket_;
    std::optional<KernelQueues> kernel_queues_;  // Of a DEALER over ipc.
    std::string address_;
    std::uint64_t sent_ = 0;
    std::uint64_t safe_ = 0;
    std::deque<std::uint64_t>
        unacknowledged_ends_;       // For each end of stream: how many messages were sent with it.
    std::uint64_t early_acks_ = 0;  // Bound: acks that cannot be assigned to an end of stream yet.
    std::vector<Refusal> refusals_;
    bool blocked_ = false;  // The last try_send would have blocked.
    bool all_left_ = false;
};

}  // namespace framebridge::zmq
