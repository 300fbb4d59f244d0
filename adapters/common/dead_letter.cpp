#include "common/dead_letter.h"

#include <fmt/chrono.h>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "runtime/log_fields.h"

namespace framebridge {

std::string Origin::to_string() const {
    const auto name = "topic '" + topic + "'";
    return partition < 0
               ? name
               : name + ", partition " + std::to_string(partition) + ", offset " + std::to_string(offset);
}

namespace {

runtime::LogFields fields_of(const DeadLetter& letter) {
    return runtime::LogFields({{"source_id", std::string_view(letter.key)},
                               {"topic", std::string_view(letter.origin.topic)},
                               {"partition", std::int64_t{letter.origin.partition}},
                               {"offset", letter.origin.offset},
                               {"fault", to_string(letter.fault)},
                               {"reason", std::string_view(letter.reason)}});
}

}  // namespace

kafka::RecordHeaders dead_letter_headers(std::string_view reason, const Origin& origin,
                                         std::string_view adapter) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::vector<kafka::RecordHeader> headers{
        {"framebridge-reason", std::string(reason)},
        {"framebridge-origin-topic", origin.topic},
        {"framebridge-origin-partition", std::to_string(origin.partition)},
        {"framebridge-origin-offset", std::to_string(origin.offset)},
        {"framebridge-adapter", std::string(adapter)},
        {"framebridge-time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now))},
    };
    if (origin.unreadable) {
        headers.push_back({"framebridge-origin-count", std::to_string(*origin.unreadable)});
    }
    return kafka::make_headers(std::move(headers));
}

std::optional<DeadLetterOutcome> DeadLetterWriter::write(kafka::RecordToken token, DeadLetter letter) {
    counters_.faults.count(letter.fault);
    if (config_.topic.empty() || producer_ == nullptr) {
        return drop(letter, letter.reason + " (to keep such messages, set --dead-letter-topic)");
    }
    const auto headers = dead_letter_headers(letter.reason, letter.origin, config_.adapter);
    const auto limit = limit_ != nullptr ? limit_->max_bytes() : std::nullopt;
    if (limit && min_record_bytes(letter.key, letter.value, headers) > *limit) {
        return drop(letter, letter.reason + "; the dead-letter topic takes no more than " +
                                std::to_string(*limit) + " bytes");
    }
    const auto fields = fields_of(letter);
    kept_log_.warn("dead letter from {}: {}", letter.origin.to_string(), letter.reason);
    const auto& kept = letters_.insert_or_assign(token, std::move(letter)).first->second;
    producer_->produce(
        {.token = token, .topic = config_.topic, .key = kept.key, .value = kept.value, .headers = headers});
    return std::nullopt;
}

std::optional<DeadLetterOutcome> DeadLetterWriter::take(const kafka::DeliveryReport& report) {
    const auto node = letters_.extract(report.token);
    if (node.empty()) {
        return std::nullopt;
    }
    if (report.status != kafka::DeliveryStatus::delivered) {
        const auto& letter = node.mapped();
        return drop(letter, letter.reason + "; the dead-letter topic did not take it: " + report.reason);
    }
    counters_.kept.Increment();
    return DeadLetterOutcome::kept;
}

DeadLetterOutcome DeadLetterWriter::drop(const DeadLetter& letter, const std::string& reason) {
    counters_.dropped.Increment();
    const auto fields = fields_of(letter);
    dropped_log_.error("dropped a message from {}: {}", letter.origin.to_string(), reason);
    return DeadLetterOutcome::dropped;
}

}  // namespace framebridge
