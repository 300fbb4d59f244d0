#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/handles.h"
#include "kafka/start_offsets.h"

namespace framebridge::kafka {

/// Whether a group reads each record of its partitions: logs and counts those that it never gets.
class Continuity {
  public:
    Continuity(std::string topic, std::string group) : topic_(std::move(topic)), group_(std::move(group)) {}

    void begin(const StartOffset& start);
    /// A record that does not follow the one before it: what is in between was deleted, compacted away, or is
    /// a transaction's mark, of which the oldest offset that is left will tell. One that comes before it: the
    /// topic was made anew.
    void read(std::int32_t partition, std::int64_t offset);
    void end(std::int32_t partition);
    /// Judges gaps by the oldest offsets that `client` knows; to be called with each of its statistics.
    void judge_gaps(rd_kafka_t* client);

    /// The offset of the next record, if all come.
    [[nodiscard]] std::optional<std::int64_t> next(std::int32_t partition) const;
    [[nodiscard]] const ConsumerStatistics& statistics() const { return statistics_; }

  private:
    /// Offsets [begin, end) that did not come.
    struct Gap {
        std::int32_t partition;
        std::int64_t begin;
        std::int64_t end;
        int looks = 0;
    };
    void count_missing(std::int32_t partition, std::int64_t begin, std::int64_t end);
    void count_rewound(std::int32_t partition, std::int64_t offset);

    std::string topic_;
    std::string group_;
    std::map<std::int32_t, std::int64_t> next_;
    std::vector<Gap> gaps_;
    ConsumerStatistics statistics_;
};

}  // namespace framebridge::kafka
