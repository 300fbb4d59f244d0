#include "kafka_redis_source/dead_letter_stage.h"

#include <utility>

namespace framebridge::source {

DeadLetterStage::DeadLetterStage(const SourceConfig& config, std::unique_ptr<kafka::Producer> producer,
                                 SourceMetrics& metrics)
    : topic_(config.kafka.topic),
      max_messages_(config.queue_size),
      max_bytes_(config.max_in_flight_bytes),
      writer_({.topic = config.dead_letter_topic, .adapter = "kafka-redis-source"}, producer.get(),
              {.kept = metrics.dead_letters, .dropped = metrics.dropped, .faults = metrics.faults}),
      producer_(std::move(producer)) {}

void DeadLetterStage::write(const kafka::ConsumedRecord& record, Fault fault, std::string reason,
                            CommitStage& commit) {
    const RecordPlace place{record.partition, record.offset};
    const auto token = next_token_++;
    Origin origin{topic_, record.partition, record.offset};
    if (!record.unreadable.empty()) {
        origin.offset = record.first_offset;
        origin.unreadable = record.offset + 1 - record.first_offset;
    }
    const auto outcome = writer_.write(token, {.origin = std::move(origin),
                                               .fault = fault,
                                               .reason = std::move(reason),
                                               .key = std::string(record.key),
                                               .value = std::string(record.value)});
    if (outcome) {
        commit.done(place);
    } else {
        letters_.emplace(token, Letter{place, record.value.size()});
        bytes_ += record.value.size();
    }
}

void DeadLetterStage::advance(CommitStage& commit) {
    if (producer_ == nullptr) {
        return;
    }
    reports_.clear();
    producer_->advance(reports_);
    for (const auto& report : reports_) {
        const auto letter = letters_.extract(report.token);
        if (writer_.take(report) && !letter.empty()) {
            bytes_ -= letter.mapped().bytes;
            commit.done(letter.mapped().place);
        }
    }
}

void DeadLetterStage::add_to(runtime::PollSet& poll_set) {
    if (producer_ != nullptr) {
        producer_->add_to(poll_set);
    }
}

std::string DeadLetterStage::problem() const {
    return producer_ != nullptr && unconfirmed() > 0 ? producer_->problem() : "";
}

}  // namespace framebridge::source
