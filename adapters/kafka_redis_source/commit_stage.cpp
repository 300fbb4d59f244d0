#include "kafka_redis_source/commit_stage.h"

namespace framebridge::source {

void CommitStage::take_back(std::uint64_t number) {
    if (number >= safe_count_ && number - safe_count_ < sent_.size()) {
        sent_[number - safe_count_] = {};
    }
}

void CommitStage::take_safe(std::uint64_t safe_count) {
    for (; safe_count_ < safe_count && !sent_.empty(); ++safe_count_) {
        done(sent_.front());
        sent_.pop_front();
    }
}

void CommitStage::take_all_sent() {
    take_safe(safe_count_ + sent_.size());
}

void CommitStage::store_offsets(kafka::Consumer& consumer) {
    for (const auto& [partition, next_offset] : tracker_.take_committable()) {
        consumer.store_offset(partition, next_offset);
    }
}

void CommitStage::forget(const std::vector<std::int32_t>& partitions) {
    for (const auto partition : partitions) {
        tracker_.forget(partition);
    }
}

}  // namespace framebridge::source
