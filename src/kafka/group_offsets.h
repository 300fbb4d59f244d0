#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka/handles.h"
#include "kafka/record_mark.h"

namespace framebridge::kafka {

/// A list of one topic's offsets, as librdkafka commits them, with the mark of the record before each.
class CommitList {
  public:
    explicit CommitList(std::string topic);
    void add(std::int32_t partition, std::int64_t next_offset, const std::optional<RecordMark>& mark);
    [[nodiscard]] const rd_kafka_topic_partition_list_t* get() const { return list_.get(); }
    [[nodiscard]] bool empty() const { return list_->cnt == 0; }

  private:
    std::string topic_;
    PartitionListHandle list_;
};

/// What a member of a group has to commit, of the partitions that it has.
class GroupOffsets {
  public:
    explicit GroupOffsets(std::string topic) : topic_(std::move(topic)) {}

    /// `mark`: of the record before the position, as far as that is known.
    void begin(std::int32_t partition, const std::optional<RecordMark>& mark);
    void end(std::int32_t partition);
    /// A record that was given out, in the order of offsets.
    void read(std::int32_t partition, const RecordMark& mark);
    /// All before it is done. A partition that has not begun is ignored.
    void store(std::int32_t partition, std::int64_t next_offset);
    /// The partition is read from its beginning: what was read of it was another topic's.
    void rewind(std::int32_t partition);

    /// What was stored and is not committed; it counts as committed now.
    [[nodiscard]] CommitList take();
    /// A commit failed: everything stored is to be committed again.
    void commit_again();
    [[nodiscard]] bool has_uncommitted() const;

    /// By partition, a record that was read, and whether it is still there: see TopicCheck.
    [[nodiscard]] std::map<std::int32_t, RecordMark> anchors() const;
    /// The last record that was given out of each partition.
    [[nodiscard]] std::map<std::int32_t, RecordMark> last_read() const;
    /// `old_anchor` is still there, and `next` was read before that was known: it is asked for next.
    void confirm(std::int32_t partition, const RecordMark& old_anchor, const RecordMark& next);

  private:
    struct Partition {
        std::deque<RecordMark> read;  ///< And not stored yet.
        std::optional<RecordMark> last_read;
        std::optional<RecordMark> before;  ///< The last record before what is stored.
        std::optional<RecordMark> anchor;
        std::optional<std::int64_t> stored;
        bool committed = false;
        bool rewound = false;
    };
    std::string topic_;
    std::map<std::int32_t, Partition> partitions_;
};

}  // namespace framebridge::kafka
