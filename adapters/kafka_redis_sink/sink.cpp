#include "kafka_redis_sink/sink.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "common/age.h"
#include "common/drain.h"
#include "common/trace_log.h"
#include "runtime/log_fields.h"
#include "runtime/service_manager.h"

namespace framebridge::sink {

namespace {

// So many messages are taken in one go before the other stages get their turn.
constexpr int max_per_turn = 64;

zmq::Answer answer_to(const MessageInFlight& message) {
    zmq::Answer answer{zmq::Answer::Outcome::kept, message.dead_letter_reason, &message.envelope};
    if (message.state == MessageState::dropped) {
        answer.outcome = zmq::Answer::Outcome::refused;
    } else if (message.state == MessageState::dead_lettered) {
        answer.outcome = zmq::Answer::Outcome::dead_lettered;
    }
    if (message.envelope.message.empty()) {
        answer.envelope = nullptr;  // it could not be read
    }
    return answer;
}

ProduceStage make_produce_stage(const SinkConfig& config, SinkParts& parts, SinkMetrics& metrics) {
    DeadLetterWriter dead_letters(
        {.topic = config.dead_letter_topic, .adapter = "kafka-redis-sink"}, parts.producer.get(),
        {.kept = metrics.dead_letters, .dropped = metrics.dropped, .faults = metrics.faults},
        std::move(parts.dead_letter_limit));
    return {std::move(parts.producer), std::move(parts.record_limit), std::move(dead_letters),
            metrics.produce_seconds};
}

/// The message's bytes, those of frames included that it refers to.
std::uint64_t total_bytes(const MessageInFlight& message) {
    std::uint64_t bytes = message.received_bytes();
    for (const auto& frame : message.envelope.frames) {
        if (const auto* reference = std::get_if<protocol::ContentReference>(&frame.content)) {
            bytes += std::min(reference->size.value_or(0), std::numeric_limits<std::uint64_t>::max() - bytes);
        }
    }
    return bytes;
}

}  // namespace

Sink::Sink(SinkConfig config, SinkParts parts, SinkMetrics& metrics, Health& health,
           std::function<void()> on_frame)
    : config_(std::move(config)),
      metrics_(metrics),
      health_(health),
      on_frame_(std::move(on_frame)),
      shutdown_(config_),
      receiver_(std::move(parts.receiver)),
      store_stage_(config_.content, std::move(parts.store), std::move(parts.ttl), metrics),
      produce_stage_(make_produce_stage(config_, parts, metrics)) {
    metrics_.in_flight_messages_limit.Set(config_.kafka_in_flight);
    metrics_.in_flight_bytes_limit.Set(static_cast<double>(config_.max_in_flight_bytes));
    metrics_.storing_messages_limit.Set(config_.queue_size);
}

SinkReport Sink::run(const runtime::StopSignal& stop) {
    while (!stop.requested() && !shutdown_.stop_ordered()) {
        wait(stop, Clock::time_point::max());
        turn();
    }
    drain(stop);
    return metrics_.report(
        messages_.size(), store_stage_.problem().empty() ? produce_stage_.problem() : store_stage_.problem());
}

Sink::Taken Sink::turn() {
    const auto taken = receive();
    store();
    produce();
    acknowledge();
    return taken;
}

Sink::Taken Sink::receive() {
    const auto now = Clock::now();
    for (int taken = 0; taken < max_per_turn && phase_ != Phase::finishing && has_room(); ++taken) {
        if (!receiver_->receive(messages_.spare().received)) {
            return Taken::all;
        }
        auto& message = messages_.add();
        message.received_at = now;
        messages_.hold(message, message.received_bytes());
        metrics_.messages_received.Increment();
        metrics_.bytes_received.Increment(static_cast<double>(message.bytes));
        decode(message);
    }
    return Taken::some;
}

bool Sink::has_room() const {
    return messages_.size() < config_.kafka_in_flight && store_stage_.pending() < config_.queue_size &&
           (messages_.empty() || messages_.bytes() < config_.max_in_flight_bytes);
}

void Sink::decode(MessageInFlight& message) {
    if (!message.received.problem.empty()) {
        message.envelope = {};
        message.reject(Fault::invalid, std::string(message.received.problem));
    } else if (const auto decoded = protocol::decode(config_.format, message.body(), message.envelope);
               !decoded) {
        message.envelope = {};
        message.reject(Fault::invalid, decoded.error().to_string());
    }
    metrics_.keys_skipped.Increment(message.envelope.skipped_keys);
    if (!message.is_bad() && total_bytes(message) > config_.max_message_bytes) {
        message.reject(Fault::too_large, "the message has " + std::to_string(total_bytes(message)) +
                                             " bytes, more than --max-message-bytes=" +
                                             std::to_string(config_.max_message_bytes));
    }
    if (sequences_.note(message.envelope) == Sequences::Step::gap) {
        metrics_.sequence_gaps.Increment();
    }
    if (shutdown_.passes(message.envelope)) {
        store_stage_.begin(message);
    } else {
        message.state = MessageState::ignored;
    }
}

void Sink::store() {
    store_stage_.advance(messages_);
}

void Sink::produce() {
    produce_stage_.advance(messages_);
    produce_stage_.take_deliveries(messages_);
}

void Sink::acknowledge() {
    const auto now = Clock::now();
    for (std::size_t place = 0; place < messages_.size() && messages_[place].is_finished(); ++place) {
        store_stage_.renew_if_old(messages_[place], now);
    }
    while (!messages_.empty() && messages_.front().is_finished()) {
        const auto& message = messages_.front();
        receiver_->acknowledge(message.received, answer_to(message));
        count(message, now);
        messages_.pop_front();
    }
    metrics_.in_flight_messages.Set(static_cast<double>(messages_.size()));
    metrics_.in_flight_bytes.Set(static_cast<double>(messages_.bytes()));
    metrics_.storing_messages.Set(static_cast<double>(store_stage_.pending()));
}

// What becomes of dead letters is counted where it is known.
void Sink::count(const MessageInFlight& message, Clock::time_point now) {
    if (message.state == MessageState::ignored) {
        metrics_.ignored.Increment();
    }
    if (message.state != MessageState::delivered) {
        return;
    }
    metrics_.messages_delivered.Increment();
    metrics_.frames_delivered.Increment(static_cast<double>(message.envelope.frames.size()));
    metrics_.bytes_delivered.Increment(static_cast<double>(message.record_bytes()));
    metrics_.delivery_seconds.Observe(std::chrono::duration<double>(now - message.received_at).count());
    if (const auto delay = age_of(message.envelope, std::chrono::system_clock::now())) {
        metrics_.delay_seconds.Observe(delay->count());
    }
    metrics_.per_source.count(message.envelope.source_id, message.bytes);
    log_trace(message, now);
    for (std::size_t frame = 0; frame < message.envelope.frames.size(); ++frame) {
        on_frame_();
    }
}

void Sink::log_trace(const MessageInFlight& message, Clock::time_point now) const {
    const auto trace = trace_id_of(message.envelope.trace_parent);
    if (!is_sampled(trace, config_.trace_sample)) {
        return;
    }
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const Milliseconds stored = message.produced_at - message.received_at;
    const Milliseconds confirmed = now - message.produced_at;
    const runtime::LogFields fields({{"trace_id", trace},
                                     {"source_id", message.envelope.source_id},
                                     {"store_ms", stored.count()},
                                     {"produce_ms", confirmed.count()}});
    spdlog::info("trace {}: a message of '{}': stored within {:.1f} ms, confirmed by Kafka {:.1f} ms later",
                 trace, message.envelope.source_id, stored.count(), confirmed.count());
}

void Sink::wait(const runtime::StopSignal& stop, Clock::time_point deadline) {
    stop.add_to(poll_set_);
    if (phase_ != Phase::finishing && has_room()) {
        receiver_->add_to(poll_set_);
    }
    store_stage_.add_to(poll_set_);
    produce_stage_.add_to(poll_set_);
    health_.add_to(poll_set_);
    poll_set_.wake_at(deadline);
    poll_set_.wait();
    health_.report_if_due([this](Health& health) {
        health.report(kafka_part, produce_stage_.problem());
        metrics_.receiver.update(receiver_->statistics());
        metrics_.producer.update(produce_stage_.statistics());
        if (config_.redis) {
            health.report("store " + config_.redis->address.to_string(), store_stage_.problem());
            metrics_.store.update(store_stage_.statistics());
        }
    });
}

// A peer that goes on sending must not keep us.
void Sink::drain(const runtime::StopSignal& stop) {
    runtime::tell_service_manager(runtime::ServiceState::stopping, "finishing what is in flight");
    const auto now = Clock::now();
    const auto deadline = now + config_.shutdown_timeout;
    const auto receive_until = now + config_.shutdown_timeout / 2;
    phase_ = Phase::emptying;
    receiver_->stop_receiving();
    framebridge::drain(
        deadline,
        [&] {
            if (turn() == Taken::all || Clock::now() >= receive_until) {
                phase_ = Phase::finishing;
            }
        },
        [&] { wait(stop, deadline); }, [this] { return phase_ == Phase::finishing && messages_.empty(); });
}

}  // namespace framebridge::sink
