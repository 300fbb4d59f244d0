#include "kafka_redis_sink/produce_stage.h"

#include <algorithm>
#include <utility>

namespace framebridge::sink {

namespace {

std::string_view key_of(const MessageInFlight& message) {
    return message.envelope.source_id.empty() ? message.topic() : message.envelope.source_id;
}

/// An extra part of a message whose kind or content a later version may know.
constexpr std::string_view part_header = "framebridge-part";

const kafka::RecordHeaders& format_headers(protocol::Format format) {
    const auto of = [](protocol::Format each) {
        return kafka::make_headers({{kafka::format_header, std::string(to_string(each))}});
    };
    static const auto native = of(protocol::Format::native);
    static const auto savant = of(protocol::Format::savant);
    return format == protocol::Format::native ? native : savant;
}

kafka::RecordHeaders headers_of(const MessageInFlight& message) {
    const auto& format = format_headers(message.envelope.format);
    if (message.record_parts.empty()) {
        return format;
    }
    auto headers = *format;
    for (const auto part : message.record_parts) {
        headers.push_back({std::string(part_header), std::string(part)});
    }
    return kafka::make_headers(std::move(headers));
}

bool is_changed(const std::optional<protocol::Content>& content) {
    return content.has_value();
}

MessageState state_after(DeadLetterOutcome outcome) {
    return outcome == DeadLetterOutcome::kept ? MessageState::dead_lettered : MessageState::dropped;
}

}  // namespace

ProduceStage::ProduceStage(std::unique_ptr<kafka::Producer> producer, std::unique_ptr<RecordLimit> limit,
                           DeadLetterWriter dead_letters, prometheus::Histogram& produce_seconds)
    : limit_(std::move(limit)),
      dead_letters_(std::move(dead_letters)),
      produce_seconds_(produce_seconds),
      producer_(std::move(producer)) {}

void ProduceStage::advance(SinkMessages& messages) {
    while (auto* message = messages.find(next_number_)) {
        if (message->state == MessageState::storing) {
            return;
        }
        ++next_number_;
        if (message->is_finished()) {
            continue;
        }
        if (message->is_bad()) {
            make_dead_letter(*message);
        } else {
            produce(messages, *message);
        }
    }
}

void ProduceStage::produce(SinkMessages& messages, MessageInFlight& message) {
    std::string_view value = message.body();
    if (std::any_of(message.contents.begin(), message.contents.end(), is_changed)) {
        rewrite(message.envelope, message.contents, message.value);
        value = message.value;
    }
    const kafka::ProducerRecord record{.token = message.number,
                                       .topic = {},
                                       .key = key_of(message),
                                       .value = value,
                                       .headers = headers_of(message)};
    message.reject(Fault::too_large, find_excess(record));
    if (message.is_bad()) {
        return make_dead_letter(message);
    }
    // What is in the store may have to be stored again, until Kafka has the message.
    if (!message.is_stored()) {
        message.received.attachments.clear();
        message.frames.clear();
    }
    messages.hold(message, message.received_bytes() + message.value.size());
    message.state = MessageState::producing;
    message.produced_at = MessageInFlight::Clock::now();
    producer_->produce(record);
}

std::string ProduceStage::find_excess(const kafka::ProducerRecord& record) const {
    if (limit_ == nullptr) {
        return {};
    }
    const auto limit = limit_->max_bytes();
    const auto bytes = min_record_bytes(record.key, record.value, record.headers);
    if (!limit || bytes <= *limit) {
        return {};
    }
    return "a record of " + std::to_string(bytes) +
           " bytes is larger than the topic's max.message.bytes of " + std::to_string(*limit);
}

void ProduceStage::make_dead_letter(MessageInFlight& message) {
    message.state = MessageState::producing;
    const auto outcome =
        dead_letters_.write(message.number, {.origin = {.topic = std::string(message.topic())},
                                             .fault = message.fault,
                                             .reason = message.dead_letter_reason,
                                             .key = std::string(message.topic()),
                                             .value = std::string(message.body())});
    if (outcome) {
        message.state = state_after(*outcome);
    }
}

void ProduceStage::take_deliveries(SinkMessages& messages) {
    deliveries_.clear();
    producer_->advance(deliveries_);
    const auto now = MessageInFlight::Clock::now();
    for (const auto& delivery : deliveries_) {
        auto* message = messages.find(delivery.token);
        if (message == nullptr) {
            continue;
        }
        if (const auto outcome = dead_letters_.take(delivery)) {
            message->state = state_after(*outcome);
        } else if (delivery.status == kafka::DeliveryStatus::delivered) {
            message->state = MessageState::delivered;
            produce_seconds_.Observe(std::chrono::duration<double>(now - message->produced_at).count());
        } else {
            message->reject(Fault::kafka, delivery.reason);
            make_dead_letter(*message);
        }
    }
}

std::string ProduceStage::problem() const {
    return producer_->problem();
}

}  // namespace framebridge::sink
