#include "kafka_redis_sink/produce.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/dead_letter.h"

namespace framebridge::sink {

namespace {

std::string_view key_of(const Transfer& transfer) {
    return transfer.envelope.source_id.empty() ? transfer.topic() : transfer.envelope.source_id;
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

}  // namespace

void Produce::advance(TransferWindow& window) {
    while (window.contains(next_number_)) {
        auto& transfer = window.at(next_number_);
        if (transfer.state == TransferState::storing) {
            return;
        }
        ++next_number_;
        if (transfer.finished()) {
            continue;
        }
        if (transfer.dead_letter_reason.empty()) {
            produce(window, transfer);
        } else {
            set_aside(transfer);
        }
    }
}

void Produce::produce(TransferWindow& window, Transfer& transfer) {
    std::string_view value = transfer.body();
    if (std::any_of(transfer.contents.begin(), transfer.contents.end(), is_changed)) {
        rewrite(transfer.envelope, transfer.contents, transfer.value);
        value = transfer.value;
    }
    transfer.received.attachments.clear();
    window.hold(transfer, transfer.body().size() + transfer.value.size());
    transfer.state = TransferState::producing;
    producer_->produce({.token = transfer.number,
                        .topic = {},
                        .key = key_of(transfer),
                        .value = value,
                        .headers = format_headers(transfer.envelope.format)});
}

void Produce::set_aside(Transfer& transfer) {
    if (dead_letter_topic_.empty()) {
        drop(transfer, transfer.dead_letter_reason + " (to keep such messages, set --dead-letter-topic)");
        return;
    }
    if (const auto held_back = log_limit_.pass()) {
        spdlog::warn(
            "a message of topic '{}' goes to the dead letters: {} ({} more since the last such line)",
            transfer.topic(), transfer.dead_letter_reason, *held_back);
    }
    transfer.state = TransferState::producing;
    producer_->produce(
        {.token = transfer.number,
         .topic = dead_letter_topic_,
         .key = transfer.topic(),
         .value = transfer.body(),
         .headers = dead_letter_headers(transfer.dead_letter_reason, {.topic = std::string(transfer.topic())},
                                        "kafka-redis-sink")});
}

void Produce::drop(Transfer& transfer, const std::string& reason) {
    transfer.state = TransferState::dropped;
    if (const auto held_back = log_limit_.pass()) {
        spdlog::error("dropped a message of topic '{}': {} ({} more since the last such line)",
                      transfer.topic(), reason, *held_back);
    }
}

void Produce::take_deliveries(TransferWindow& window) {
    deliveries_.clear();
    producer_->advance(deliveries_);
    for (const auto& delivery : deliveries_) {
        auto& transfer = window.at(delivery.token);
        const bool is_dead_letter = !transfer.dead_letter_reason.empty();
        if (delivery.status == kafka::DeliveryStatus::delivered) {
            transfer.state = is_dead_letter ? TransferState::dead_lettered : TransferState::delivered;
        } else if (is_dead_letter) {
            drop(transfer,
                 transfer.dead_letter_reason + "; the dead-letter topic did not take it: " + delivery.reason);
        } else {
            transfer.dead_letter_reason = delivery.reason;
            set_aside(transfer);
        }
    }
}

}  // namespace framebridge::sink
