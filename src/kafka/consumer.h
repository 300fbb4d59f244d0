#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/unreadable_records.h"
#include "runtime/poll_set.h"

namespace framebridge::kafka {

/// A record as consumed. `owner` keeps key and value alive (it holds librdkafka's message), and may be
/// released on any thread, but before the consumer is destroyed.
struct ConsumedRecord {
    std::shared_ptr<const void> owner;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string_view key;
    std::string_view value;
    std::int64_t timestamp_ms = -1;         ///< Since the Unix epoch, of whichever clock; -1: it has none.
    std::vector<std::string_view> parts{};  ///< The values of its headers `framebridge-part`, in order.
    /// Not empty: it stands for the records [first_offset, offset], which cannot be read, for this reason.
    std::string unreadable{};
    std::int64_t first_offset = -1;
};

/// What the consumer tells its user while in consume() or close(), on the same thread.
class RebalanceListener {
  public:
    virtual ~RebalanceListener() = default;
    virtual void on_assigned(const std::vector<std::int32_t>& partitions) = 0;
    /// The partitions are about to be given up: drain what is in flight of them within a bound, then store
    /// offsets; they are committed when this returns. Records of theirs must not be sent after it.
    virtual void on_revoked(const std::vector<std::int32_t>& partitions) = 0;
    /// The partitions are gone already (session timed out): nothing of them may be committed.
    virtual void on_lost(const std::vector<std::int32_t>& partitions) = 0;
};

/// How many records their user has room for now.
struct Room {
    std::size_t records = 0;  ///< In all. With 0, consume() only keeps the group membership.
    /// At most of one partition. Empty: no limit of its own. A partition with 0 waits, and no other does.
    std::function<std::size_t(std::int32_t partition)> of_partition;

    [[nodiscard]] std::size_t of(std::int32_t partition) const {
        return of_partition ? std::min(records, of_partition(partition)) : records;
    }
};

/// How far the group is behind in a partition, in records.
struct PartitionLag {
    std::int32_t partition = -1;
    std::optional<std::int64_t> uncommitted;  ///< End offset minus committed offset; every few seconds.
    std::optional<std::int64_t> unread;       ///< End offset minus the next record that consume() gives.
};

struct ConsumerStatistics {
    /// Records that were deleted before the group read them, by retention.
    std::uint64_t missing_records = 0;
    /// Times a partition was read from its beginning, as its topic was made anew.
    std::uint64_t rewound_partitions = 0;
    std::uint64_t assigned_partitions = 0;  ///< Times a partition was assigned.
    std::uint64_t revoked_partitions = 0;   ///< Times one was given up for another member.
    std::uint64_t lost_partitions = 0;      ///< Times one was lost: the group took this member for dead.
    std::uint64_t commit_failures = 0;
    std::map<std::string_view, std::uint64_t> errors{};  ///< By librdkafka's names, such as `_TRANSPORT`.
    /// Records that could not be read and were stepped over.
    std::uint64_t unreadable_records = 0;
};

/// What a source consumes from. Used by one thread. Errors that pass (brokers away, ...) are logged at a
/// limited rate and ridden out inside. A fake stands in for it in scenario tests.
class Consumer {
  public:
    virtual ~Consumer() = default;
    /// Serves rebalances, then appends the records that are there now and that there is room for. Each
    /// partition is read from a queue of its own. Never waits for records.
    virtual void consume(const Room& room, RebalanceListener& listener,
                         std::vector<ConsumedRecord>& records) = 0;
    /// The next offset to be consumed: everything before it in the partition is done. Committed automatically
    /// every auto_commit_interval, at revocation, and at close. A partition not assigned any more is ignored.
    virtual void store_offset(std::int32_t partition, std::int64_t next_offset) = 0;
    /// Wakes for rebalances, in time for the group not to give the member up, and for records that there is
    /// room for.
    virtual void add_to(runtime::PollSet& poll_set, const Room& room) = 0;
    /// Commits the stored offsets and leaves the group (not with static membership), within `limit`.
    virtual void close(std::chrono::milliseconds limit, RebalanceListener& listener) = 0;
    /// What keeps it from consuming, in one sentence, as in the log; empty if nothing does.
    [[nodiscard]] virtual std::string problem() const = 0;
    /// Of the assigned partitions.
    [[nodiscard]] virtual std::vector<PartitionLag> lag() const = 0;
    [[nodiscard]] virtual ConsumerStatistics statistics() const { return {}; }
    /// Whether all that there is to consume was given out: a replay's end. A group's reading has none.
    [[nodiscard]] virtual bool finished() const { return false; }
};

/// A member of a consumer group.
struct GroupConfig {
    std::string group_id;
    std::string group_instance_id;  ///< Not empty: static membership.
    /// Where a group that has no offset at all begins: latest or earliest; or error, which also ends a group
    /// whose offsets are gone. A group that has begun misses nothing that is there: see find_start_offsets().
    std::string auto_offset_reset = "latest";
    std::string partition_assignment_strategy = "roundrobin";
    UnreadablePolicy unreadable_record = UnreadablePolicy::skip;
    std::chrono::milliseconds auto_commit_interval{1000};
    std::chrono::milliseconds max_poll_interval{600'000};
    /// A killed member's partitions are blocked for so long. Brokers accept no less by default
    /// (group.min.session.timeout.ms).
    std::chrono::milliseconds session_timeout{6'000};
    /// Fetched ahead at most, shared by the topic's partitions.
    std::size_t prefetch_bytes = std::size_t{64} << 20;
};

struct ConsumerConfig : GroupConfig {
    ClientConfig kafka;
    int topic_partitions = 1;
};

/// Subscribes. Throws Failure for a configuration that librdkafka refuses.
std::unique_ptr<Consumer> open_consumer(ConsumerConfig config);

}  // namespace framebridge::kafka
