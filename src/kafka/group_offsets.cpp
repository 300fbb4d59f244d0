#include "kafka/group_offsets.h"

#include <algorithm>
#include <cstring>

namespace framebridge::kafka {

CommitList::CommitList(std::string topic)
    : topic_(std::move(topic)), list_(rd_kafka_topic_partition_list_new(1)) {}

void CommitList::add(std::int32_t partition, std::int64_t next_offset,
                     const std::optional<RecordMark>& mark) {
    auto* element = rd_kafka_topic_partition_list_add(list_.get(), topic_.c_str(), partition);
    element->offset = next_offset;
    if (mark) {
        const auto text = mark->to_metadata();
        // The list frees it.
        element->metadata = rd_kafka_mem_malloc(nullptr, text.size());
        std::memcpy(element->metadata, text.data(), text.size());
        element->metadata_size = text.size();
    }
}

void GroupOffsets::begin(std::int32_t partition, const std::optional<RecordMark>& mark) {
    auto& state = partitions_[partition];
    state = {};
    state.before = mark;
    state.anchor = mark;
}

void GroupOffsets::end(std::int32_t partition) {
    partitions_.erase(partition);
}

void GroupOffsets::read(std::int32_t partition, const RecordMark& mark) {
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) {
        return;
    }
    auto& state = found->second;
    if (state.last_read && mark.offset <= state.last_read->offset) {
        rewind(partition);
    }
    state.read.push_back(mark);
    state.last_read = mark;
    state.anchor = state.anchor ? state.anchor : mark;
}

void GroupOffsets::store(std::int32_t partition, std::int64_t next_offset) {
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) {
        return;
    }
    auto& state = found->second;
    // What was in flight of the old topic says nothing of the new one.
    if (state.rewound && (!state.last_read || next_offset > state.last_read->offset + 1)) {
        return;
    }
    for (; !state.read.empty() && state.read.front().offset < next_offset; state.read.pop_front()) {
        state.before = state.read.front();
    }
    state.committed = state.committed && state.stored == next_offset;
    state.stored = next_offset;
}

void GroupOffsets::rewind(std::int32_t partition) {
    if (const auto found = partitions_.find(partition); found != partitions_.end()) {
        found->second = {};
        found->second.rewound = true;
    }
}

CommitList GroupOffsets::take() {
    CommitList list(topic_);
    for (auto& [partition, state] : partitions_) {
        if (state.stored && !state.committed) {
            list.add(partition, *state.stored, state.before);
            state.committed = true;
        }
    }
    return list;
}

void GroupOffsets::commit_again() {
    for (auto& [partition, state] : partitions_) {
        state.committed = false;
    }
}

bool GroupOffsets::has_uncommitted() const {
    return std::any_of(partitions_.begin(), partitions_.end(),
                       [](const auto& entry) { return entry.second.stored && !entry.second.committed; });
}

std::map<std::int32_t, RecordMark> GroupOffsets::anchors() const {
    std::map<std::int32_t, RecordMark> anchors;
    for (const auto& [partition, state] : partitions_) {
        if (state.anchor) {
            anchors.emplace(partition, *state.anchor);
        }
    }
    return anchors;
}

std::map<std::int32_t, RecordMark> GroupOffsets::last_read() const {
    std::map<std::int32_t, RecordMark> marks;
    for (const auto& [partition, state] : partitions_) {
        if (state.last_read) {
            marks.emplace(partition, *state.last_read);
        }
    }
    return marks;
}

void GroupOffsets::confirm(std::int32_t partition, const RecordMark& old_anchor, const RecordMark& next) {
    const auto found = partitions_.find(partition);
    if (found != partitions_.end() && found->second.anchor == old_anchor) {
        found->second.anchor = next;
    }
}

}  // namespace framebridge::kafka
