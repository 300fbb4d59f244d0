#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace framebridge::kafka {

/// From records done out of order to the next offset that can be committed, per partition: an offset is
/// committable only when its record and all before it in the partition are done.
class OffsetTracker {
  public:
    /// A record was consumed. Offsets of a partition must ascend (gaps, from compaction or transactions, are
    /// fine); a lower one, after a re-assignment, starts the partition anew.
    void consumed(std::int32_t partition, std::int64_t offset);
    void done(std::int32_t partition, std::int64_t offset);
    /// The next offset to commit of a partition, if it moved since last asked.
    std::optional<std::int64_t> take_committable(std::int32_t partition);
    /// All partitions whose committable offset moved since last asked.
    std::vector<std::pair<std::int32_t, std::int64_t>> take_committable();
    /// The partition was given up: done() for its records is ignored from now on.
    void forget(std::int32_t partition);
    /// Records consumed and not done, of one partition or of all.
    [[nodiscard]] std::size_t pending(std::int32_t partition) const;
    [[nodiscard]] std::size_t pending() const;

  private:
    struct Record {
        std::int64_t offset;
        bool done;
    };
    struct Partition {
        std::deque<Record> records;
        std::optional<std::int64_t> committable;
        std::optional<std::int64_t> last_consumed;
        std::size_t pending = 0;
    };
    std::map<std::int32_t, Partition> partitions_;
};

}  // namespace framebridge::kafka
