#include "kafka/offset_tracker.h"

#include <algorithm>
#include <utility>

namespace framebridge::kafka {

void OffsetTracker::consumed(std::int32_t partition, std::int64_t offset) {
    auto& state = partitions_[partition];
    if (state.last_consumed && offset <= *state.last_consumed) {
        state = Partition{};
    }
    state.last_consumed = offset;
    state.records.push_back({offset, false});
    ++state.pending;
}

void OffsetTracker::done(std::int32_t partition, std::int64_t offset) {
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) {
        return;
    }
    auto& [records, committable, last_consumed, pending] = found->second;
    const auto record =
        std::lower_bound(records.begin(), records.end(), offset,
                         [](const Record& left, std::int64_t right) { return left.offset < right; });
    if (record == records.end() || record->offset != offset || record->done) {
        return;
    }
    record->done = true;
    --pending;
    while (!records.empty() && records.front().done) {
        committable = records.front().offset + 1;
        records.pop_front();
    }
}

std::optional<std::int64_t> OffsetTracker::take_committable(std::int32_t partition) {
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) {
        return std::nullopt;
    }
    return std::exchange(found->second.committable, std::nullopt);
}

std::vector<std::pair<std::int32_t, std::int64_t>> OffsetTracker::take_committable() {
    std::vector<std::pair<std::int32_t, std::int64_t>> moved;
    for (auto& [partition, state] : partitions_) {
        if (const auto offset = std::exchange(state.committable, std::nullopt)) {
            moved.emplace_back(partition, *offset);
        }
    }
    return moved;
}

void OffsetTracker::forget(std::int32_t partition) {
    partitions_.erase(partition);
}

std::size_t OffsetTracker::pending(std::int32_t partition) const {
    const auto found = partitions_.find(partition);
    return found == partitions_.end() ? 0 : found->second.pending;
}

std::size_t OffsetTracker::pending() const {
    std::size_t total = 0;
    for (const auto& [partition, state] : partitions_) {
        total += state.pending;
    }
    return total;
}

}  // namespace framebridge::kafka
