#include "kafka_redis_source/missing_grace.h"

namespace framebridge::source {

namespace {

/// Of a record whose frame may still be on its way to a replica.
constexpr auto max_record_age = std::chrono::seconds(10);
/// Messages can name any store.
constexpr std::size_t max_remembered = 1'000;

}  // namespace

bool MissingGrace::ask_again(std::string_view store, Clock::time_point missing_since,
                             std::chrono::milliseconds record_age, Clock::time_point now) {
    const auto missing_for = now - missing_since;
    if (config_.policy == MissingFrame::wait && missing_for < config_.wait) {
        return true;
    }
    if (config_.grace.count() == 0 || record_age - missing_for >= max_record_age) {
        return false;
    }
    auto known = stores_.find(store);
    if (known == stores_.end()) {
        if (stores_.size() >= max_remembered) {
            stores_.clear();
        }
        known = stores_.emplace(store, Store{}).first;
    }
    auto& [used_up, last_late_frame] = known->second;
    if (used_up) {
        return false;
    }
    if (missing_for < config_.grace) {
        return true;
    }
    used_up = last_late_frame < missing_since;
    return false;
}

void MissingGrace::found(std::string_view store, Arrival arrival, Clock::time_point now) {
    const auto known = stores_.find(store);
    if (known == stores_.end()) {
        return;
    }
    known->second.used_up = false;
    if (arrival == Arrival::late) {
        known->second.last_late_frame = now;
    }
}

}  // namespace framebridge::source
