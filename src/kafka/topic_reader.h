#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/client_log.h"
#include "kafka/event_fd.h"
#include "kafka/handles.h"
#include "kafka/position.h"
#include "kafka/producer.h"
#include "runtime/poll_set.h"

namespace framebridge::kafka {

/// Who gave a record its timestamp.
enum class TimestampType { none, create_time, log_append_time };

/// A record of a topic. `owner` keeps key, value and headers alive.
struct TopicRecord {
    std::shared_ptr<rd_kafka_message_t> owner;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::chrono::milliseconds timestamp{0};  ///< Since the Unix epoch.
    TimestampType timestamp_type = TimestampType::none;
    std::string_view key;
    std::string_view value;
    bool tombstone = false;  ///< It has no value at all.

    [[nodiscard]] std::vector<RecordHeader> headers() const;
    /// The values of the headers of that name, in their order; into the record's memory.
    [[nodiscard]] std::vector<std::string_view> header_values(const char* name) const;
    /// The last header of that name, as consumers take it.
    [[nodiscard]] std::optional<std::string> header(const char* name) const;
};

/// The offsets [begin, end) of a partition.
struct PartitionRange {
    std::int32_t partition = -1;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::int64_t oldest = 0;  ///< The first offset that the broker still has.
    std::int64_t next = 0;    ///< The offset that the next record gets.

    [[nodiscard]] bool empty() const { return begin >= end; }
    [[nodiscard]] std::int64_t size() const { return empty() ? 0 : end - begin; }
    bool operator==(const PartitionRange&) const = default;
};

/// Reads ranges of a topic outside of any consumer group: no group is joined, nothing is committed, live
/// groups are not disturbed. All partitions are read at once; records of one partition come in order. Records
/// of aborted transactions are stepped over. One thread at a time.
class TopicReader {
  public:
    /// Connects when first asked. Throws Failure for a configuration that librdkafka refuses.
    /// `prefetch_bytes` is what is fetched ahead at most, of all partitions together.
    explicit TopicReader(ClientConfig config, std::size_t prefetch_bytes = std::size_t{64} << 20);
    ~TopicReader();
    TopicReader(const TopicReader&) = delete;
    TopicReader& operator=(const TopicReader&) = delete;

    /// The partitions' ranges from `from` (inclusive) to `to` (exclusive), cut to what the broker has now; a
    /// partition without a record in between has an empty one. Without `to`: up to the end as it is now.
    /// Blocks for at most about `limit` per step. Throws Failure: the topic is missing, nobody answers, it is
    /// not allowed.
    std::vector<PartitionRange> find(const Position& from, const std::optional<Position>& to,
                                     std::chrono::milliseconds limit);

    /// Begins to read these ranges, instead of what was read before.
    void start(const std::vector<PartitionRange>& ranges);
    /// As a range's end: none, its partition is read for ever.
    static constexpr std::int64_t open_end = std::numeric_limits<std::int64_t>::max();

    /// How many records of a partition there is room for. One with 0 waits, and holds up no other.
    using Room = std::function<std::size_t(std::int32_t partition)>;
    /// Appends records to `records`, waiting for the first of them for at most `limit`. Returns how many.
    /// Throws Failure when the brokers do not let it read on.
    std::size_t read(const Room& room, std::vector<TopicRecord>& records, std::chrono::milliseconds limit);
    /// Wakes when there is something to read.
    void add_to(runtime::PollSet& poll_set) const;
    /// The partitions that were not read to their ranges\' ends.
    [[nodiscard]] std::vector<std::int32_t> open_partitions() const;
    /// Whether all ranges were read to their ends.
    [[nodiscard]] bool done() const { return open_.empty(); }
    /// Offsets that the ranges have, and how many of them are behind us.
    [[nodiscard]] std::int64_t size() const { return size_; }
    [[nodiscard]] std::int64_t position() const { return position_; }

  private:
    struct Reading {
        std::int64_t next;
        std::int64_t end;
        QueueHandle queue;
    };
    std::vector<std::int32_t> partitions(std::chrono::milliseconds limit);
    std::map<std::int32_t, std::int64_t> resolve(const Position& position,
                                                 std::map<std::int32_t, PartitionRange>&,
                                                 std::chrono::milliseconds limit);
    std::size_t take(std::int32_t partition, std::size_t max, std::vector<TopicRecord>& records);
    bool accept(const rd_kafka_message_t& message);
    void finish(std::int32_t partition);
    void stop();
    void stop(std::int32_t partition);

    ClientConfig config_;
    std::shared_ptr<ClientLog> log_ = std::make_shared<ClientLog>();
    ClientHandle client_;
    TopicHandle topic_;
    EventFd ready_;
    std::map<std::int32_t, Reading> open_;
    std::vector<rd_kafka_message_t*> batch_;
    std::int64_t size_ = 0;
    std::int64_t position_ = 0;
};

}  // namespace framebridge::kafka
