#include "kafka_redis_sink/sink.h"

#include <spdlog/spdlog.h>

namespace framebridge::sink {

namespace {

// So many messages are taken in one go before the other stages get their turn.
constexpr int most_per_turn = 64;

}  // namespace

Sink::Sink(const SinkConfig& config, zmq::Receiver& receiver, store::FrameStore* store, const Ttl& ttl_ms,
           SinkMetrics& metrics, std::function<void()> on_frame)
    : config_(config),
      receiver_(receiver),
      store_content_(config.content, store, ttl_ms, metrics),
      produce_(config.dead_letter_topic),
      shutdown_(config),
      metrics_(metrics),
      on_frame_(std::move(on_frame)) {}

SinkReport Sink::run(kafka::Producer& producer, runtime::StopSignal& stop) {
    produce_.use(producer);
    while (!stop.requested() && !shutdown_.stop_ordered()) {
        wait(&stop);
        receive();
        store_content();
        produce();
        acknowledge();
    }
    drain();
    return report_;
}

void Sink::wait(const runtime::StopSignal* stop) {
    if (stop != nullptr) {
        stop->add_to(poll_set_);
    }
    if (receiving_ && has_room()) {
        receiver_.add_to(poll_set_);
    }
    store_content_.add_to(poll_set_);
    produce_.add_to(poll_set_);
    if (deadline_ != std::chrono::steady_clock::time_point::max()) {
        poll_set_.wake_at(deadline_);
    }
    periodic_.add_to(poll_set_);
    poll_set_.wait();
    periodic_.run_if_due();
}

bool Sink::has_room() const {
    return window_.size() < config_.kafka_in_flight && store_content_.pending() < config_.queue_size &&
           (window_.empty() || window_.bytes() < config_.max_in_flight_bytes);
}

// Returns whether all that is there was taken.
bool Sink::receive() {
    const auto now = std::chrono::steady_clock::now();
    for (int taken = 0; taken < most_per_turn; ++taken) {
        if (!receiving_ || !has_room()) {
            return false;
        }
        if (!receiver_.receive(window_.spare().received)) {
            return true;
        }
        auto& transfer = window_.add(now);
        std::size_t bytes = transfer.received.body.size();
        for (const auto& part : transfer.received.attachments) {
            bytes += part.size();
        }
        window_.hold(transfer, bytes);
        report_.bytes += bytes;
        metrics_.messages_received.Increment();
        metrics_.bytes_received.Increment(static_cast<double>(bytes));
        decode(transfer);
    }
    return false;
}

void Sink::decode(Transfer& transfer) {
    if (const auto error = protocol::decode(config_.format, transfer.body(), transfer.envelope)) {
        transfer.envelope = {};
        transfer.dead_letter_reason = error->reason + " (at byte " + std::to_string(error->offset) + ")";
    }
    if (shutdown_.passes(transfer.envelope)) {
        store_content_.begin(transfer);
    } else {
        transfer.state = TransferState::ignored;
    }
}

void Sink::store_content() {
    store_content_.advance(window_);
}

void Sink::produce() {
    produce_.advance(window_);
    produce_.take_deliveries(window_);
}

void Sink::acknowledge() {
    const auto now = std::chrono::steady_clock::now();
    while (!window_.empty() && window_.front().finished()) {
        const auto& transfer = window_.front();
        receiver_.acknowledge(transfer.received,
                              transfer.envelope.kind == protocol::MessageKind::end_of_stream);
        count(transfer, now);
        window_.pop_front();
    }
    metrics_.in_flight_messages.Set(static_cast<double>(window_.size()));
    metrics_.in_flight_bytes.Set(static_cast<double>(window_.bytes()));
}

void Sink::count(const Transfer& transfer, std::chrono::steady_clock::time_point now) {
    switch (transfer.state) {
        case TransferState::delivered:
            ++report_.delivered;
            report_.frames += transfer.envelope.frames.size();
            metrics_.messages_delivered.Increment();
            metrics_.delivery_seconds.Observe(
                std::chrono::duration<double>(now - transfer.received_at).count());
            for (std::size_t frame = 0; frame < transfer.envelope.frames.size(); ++frame) {
                on_frame_();
            }
            break;
        case TransferState::dead_lettered:
            ++report_.dead_letters;
            metrics_.dead_letters.Increment();
            break;
        case TransferState::dropped:
            ++report_.dropped;
            metrics_.dropped.Increment();
            break;
        default:
            ++report_.ignored;
    }
}

void Sink::drain() {
    const auto now = std::chrono::steady_clock::now();
    deadline_ = now + config_.shutdown_timeout;
    // What the peers sent before is still taken; one that goes on sending must not keep us.
    const auto receive_until = now + config_.shutdown_timeout / 2;
    receiver_.stop_receiving();
    while ((receiving_ || !window_.empty()) && std::chrono::steady_clock::now() < deadline_) {
        if (receive() || std::chrono::steady_clock::now() >= receive_until) {
            receiving_ = false;
        }
        store_content();
        produce();
        acknowledge();
        if (receiving_ || !window_.empty()) {
            wait(nullptr);
        }
    }
    report_.not_delivered = window_.size();
}

}  // namespace framebridge::sink
