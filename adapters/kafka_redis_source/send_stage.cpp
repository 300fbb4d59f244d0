#include "kafka_redis_source/send_stage.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/trace_log.h"
#include "kafka_redis_source/compose.h"
#include "runtime/log_fields.h"

namespace framebridge::source {

SendStage::SendStage(const SourceConfig& config, std::unique_ptr<zmq::Sender> sender, SourceMetrics& metrics,
                     std::function<void()> on_frame)
    : endpoint_(config.sender.endpoint),
      sender_(std::move(sender)),
      metrics_(metrics),
      policy_(config),
      on_frame_(std::move(on_frame)),
      trace_sample_(config.trace_sample) {}

void SendStage::advance(Window& window, DeadLetterStage& dead_letters, CommitStage& commit) {
    sender_->advance();
    take_refusals(dead_letters, commit);
    const auto is_ready = [&dead_letters](const MessageInFlight& front) {
        return front.unfetched == 0 && (front.dead_letter_reason.empty() || dead_letters.has_room());
    };
    while (auto* lane = window.next(is_ready)) {
        const auto& front = *lane->messages.front();
        if (!front.dead_letter_reason.empty()) {
            dead_letters.write(front.record, front.fault, front.dead_letter_reason, commit);
            window.pop_front(*lane);
        } else if (send_front(window, *lane, commit) == Step::wait) {
            stalled_since_ = stalled_since_.value_or(Clock::now());
            return;
        }
    }
    stalled_since_.reset();
}

SendStage::Step SendStage::send_front(Window& window, Lane& lane, CommitStage& commit) {
    auto& message = *lane.messages.front();
    if (!message.outgoing) {
        if (policy_.judge(message) == Verdict::skip) {
            metrics_.skipped.Increment();
            commit.done({message.record.partition, message.record.offset});
            window.pop_front(lane);
            return Step::done;
        }
        message.outgoing = compose(message);
    }
    if (!sender_->try_send(*message.outgoing)) {
        return Step::wait;
    }
    stalled_since_.reset();
    note_sent(message, commit);
    window.pop_front(lane);
    return Step::done;
}

void SendStage::note_sent(const MessageInFlight& message, CommitStage& commit) {
    commit.sent({message.record.partition, message.record.offset});
    if (endpoint_.type == zmq::SocketType::req) {
        unanswered_.erase(unanswered_.begin(), unanswered_.lower_bound(sender_->safe_count()));
        unanswered_.emplace(sent_, message.record);
    }
    ++sent_;
    metrics_.messages_sent.Increment();
    metrics_.bytes_sent.Increment(static_cast<double>(message.bytes));
    metrics_.frames_sent.Increment(static_cast<double>(message.envelope.frames.size()));
    metrics_.observe_sent(message);
    log_trace(message);
    for (std::size_t frame = 0; frame < message.envelope.frames.size(); ++frame) {
        on_frame_();
    }
}

void SendStage::log_trace(const MessageInFlight& message) const {
    const auto trace = trace_id_of(message.envelope.trace_parent);
    if (!is_sampled(trace, trace_sample_)) {
        return;
    }
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const auto now = Clock::now();
    const auto ready = std::max(message.consumed_at, message.fetched_at);
    const Milliseconds fetched = ready - message.consumed_at;
    const Milliseconds sent = now - ready;
    const runtime::LogFields fields({{"trace_id", trace},
                                     {"source_id", message.envelope.source_id},
                                     {"partition", std::int64_t{message.record.partition}},
                                     {"offset", message.record.offset},
                                     {"fetch_ms", fetched.count()},
                                     {"send_ms", sent.count()}});
    spdlog::info(
        "trace {}: a message of '{}' from partition {}, offset {}: fetched within {:.1f} ms, sent {:.1f} ms "
        "later",
        trace, message.envelope.source_id, message.record.partition, message.record.offset, fetched.count(),
        sent.count());
}

// A REQ's reader answers each message, a DEALER's the end of a stream: of that, only the number that was
// refused is known.
void SendStage::take_refusals(DeadLetterStage& dead_letters, CommitStage& commit) {
    for (const auto& refusal : sender_->take_refusals()) {
        const auto& details = refusal.details;
        const auto reason = details.reason.empty() ? "no reason given" : details.reason;
        const auto refused = details.stream ? details.stream->refused : 1;
        metrics_.refused.Increment(static_cast<double>(refused));
        const auto record =
            refusal.number ? unanswered_.extract(*refusal.number) : decltype(unanswered_)::node_type{};
        if (!record.empty()) {
            commit.take_back(record.key());
            dead_letters.write(record.mapped(), Fault::pipeline, "the pipeline refused it: " + reason,
                               commit);
            continue;
        }
        const runtime::LogFields fields(
            {{"source_id", std::string_view(details.source_id)}, {"reason", std::string_view(reason)}});
        refusal_log_.error("the pipeline at {} refused {} messages of source '{}', they are skipped: {}",
                           endpoint_.to_string(), refused, details.source_id, reason);
    }
}

bool SendStage::flush_and_close(std::chrono::milliseconds limit, DeadLetterStage& dead_letters,
                                CommitStage& commit) {
    const bool all_left = sender_->flush_and_close(limit);
    take_refusals(dead_letters, commit);
    commit.take_safe(sender_->safe_count());
    if (all_left) {
        commit.take_all_sent();
    }
    return all_left;
}

std::chrono::duration<double> SendStage::stalled_for() const {
    return stalled_since_ ? Clock::now() - *stalled_since_ : Clock::duration::zero();
}

std::string SendStage::problem() const {
    constexpr auto limit = std::chrono::seconds(10);
    if (stalled_for() < limit) {
        return {};
    }
    return "the pipeline at " + endpoint_.to_string() + " is not there, or has taken no message for " +
           std::to_string(static_cast<int>(stalled_for().count())) + " s, and messages wait";
}

}  // namespace framebridge::source
