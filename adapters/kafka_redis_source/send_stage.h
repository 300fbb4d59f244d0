#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "kafka_redis_source/commit_stage.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/dead_letter_stage.h"
#include "kafka_redis_source/metrics.h"
#include "kafka_redis_source/send_policy.h"
#include "kafka_redis_source/window.h"
#include "runtime/log_limit.h"
#include "zmq/sender.h"

namespace framebridge::source {

/// The stage that sends messages in each partition's order, each once its frames are there.
class SendStage {
  public:
    /// `on_frame` is called for each frame sent.
    SendStage(const SourceConfig& config, std::unique_ptr<zmq::Sender> sender, SourceMetrics& metrics,
              std::function<void()> on_frame);

    /// Sends all that can be sent now. Throws Failure for a missing frame if the policy is to fail.
    void advance(Window& window, DeadLetterStage& dead_letters, CommitStage& commit);
    void add_to(runtime::PollSet& poll_set) { sender_->add_to(poll_set); }
    [[nodiscard]] std::uint64_t safe_count() { return sender_->safe_count(); }
    /// Sends out what the socket holds, then closes it. Returns whether all has left.
    bool flush_and_close(std::chrono::milliseconds limit, DeadLetterStage& dead_letters, CommitStage& commit);

    /// Whether a message ordered this adapter to stop.
    [[nodiscard]] bool stop_ordered() const { return policy_.stop_ordered(); }
    /// For how long the pipeline has taken no message though one waits; 0 s if it takes them.
    [[nodiscard]] std::chrono::duration<double> stalled_for() const;
    /// What is wrong with the pipeline; empty if nothing is.
    [[nodiscard]] std::string problem() const;

  private:
    using Clock = std::chrono::steady_clock;
    enum class Step { done, wait };

    Step send_front(Window& window, Lane& lane, CommitStage& commit);
    void note_sent(const MessageInFlight& message, CommitStage& commit);
    void log_trace(const MessageInFlight& message) const;
    void take_refusals(DeadLetterStage& dead_letters, CommitStage& commit);

    zmq::Endpoint endpoint_;
    std::unique_ptr<zmq::Sender> sender_;
    SourceMetrics& metrics_;
    SendPolicy policy_;
    std::function<void()> on_frame_;
    SampleRate trace_sample_;
    std::uint64_t sent_ = 0;
    /// REQ: the records whose messages have no answer yet, by the number of the message sent.
    std::map<std::uint64_t, kafka::ConsumedRecord> unanswered_;
    std::optional<Clock::time_point> stalled_since_;
    runtime::LogLimit refusal_log_;
};

}  // namespace framebridge::source
