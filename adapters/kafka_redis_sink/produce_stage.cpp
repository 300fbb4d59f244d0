#include "kafka_redis_sink/produce_stage.h"

#include <algorithm>
#include <utility>

namespace framebridge::sink {

namespace {

std::string_view key_of(const MessageInFlight& message) {
    return message.envelope.source_id.empty() ? message.topic() : message.envelope.source_id;
}

kafka::RecordHeaders format_headers(protocol::Format format) {
    const auto of = [](protocol::Format each) {
        return kafka::make_headers({{kafka::format_header, std::string(to_string(each))}});
    };
    static const auto native = of(protocol::Format::native);
    static const auto savant = of(protocol::Format::savant);
    return format == protocol::Format::native ? native : savant;
}

bool is_changed(const std::optional<protocol::Content>& content) {
    return content.has_value();
}

MessageState state_after(DeadLetterOutcome outcome) {
    return outcome == DeadLetterOutcome::kept ? MessageState::dead_lettered : MessageState::dropped;
}

}  // namespace

ProduceStage::ProduceStage(std::unique_ptr<kafka::Producer> producer, DeadLetterWriter::Config dead_letters,
                           DeadLetterWriter::Counters counters)
    : dead_letters_(std::move(dead_letters), producer.get(), counters), producer_(std::move(producer)) {}

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
    message.received.attachments.clear();
    messages.hold(message, message.body().size() + message.value.size());
    message.state = MessageState::producing;
    producer_->produce({.token = message.number,
                        .topic = {},
                        .key = key_of(message),
                        .value = value,
                        .headers = format_headers(message.envelope.format)});
}

void ProduceStage::make_dead_letter(MessageInFlight& message) {
    message.state = MessageState::producing;
    const auto outcome =
        dead_letters_.write(message.number, {.origin = {.topic = std::string(message.topic())},
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
    for (const auto& delivery : deliveries_) {
        auto* message = messages.find(delivery.token);
        if (message == nullptr) {
            continue;
        }
        if (const auto outcome = dead_letters_.take(delivery)) {
            message->state = state_after(*outcome);
        } else if (delivery.status == kafka::DeliveryStatus::delivered) {
            message->state = MessageState::delivered;
        } else {
            message->dead_letter_reason = delivery.reason;
            make_dead_letter(*message);
        }
    }
}

std::string ProduceStage::problem() const {
    return producer_->problem();
}

}  // namespace framebridge::sink
