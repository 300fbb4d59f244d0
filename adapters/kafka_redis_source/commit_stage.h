#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/offset_tracker.h"

namespace framebridge::source {

/// Where a record is in the consumed topic.
struct RecordPlace {
    std::int32_t partition = -1;
    std::int64_t offset = -1;
};

/// The stage that tells the consumer which records are done: no longer to be lost if this process is killed.
class CommitStage {
  public:
    void consumed(RecordPlace place) { tracker_.consumed(place.partition, place.offset); }
    /// The record's message was handed to the sender, as the next one.
    void sent(RecordPlace place) { sent_.push_back(place); }
    /// The message `number`, of those sent, counted from 0, is not done with being sent: done() will tell.
    void take_back(std::uint64_t number);
    void done(RecordPlace place) { tracker_.done(place.partition, place.offset); }
    /// The first `safe_count` messages sent are done, see zmq::Sender::safe_count().
    void take_safe(std::uint64_t safe_count);
    /// Everything that was sent is done.
    void take_all_sent();
    void store_offsets(kafka::Consumer& consumer);
    void forget(const std::vector<std::int32_t>& partitions);

  private:
    kafka::OffsetTracker tracker_;
    std::deque<RecordPlace> sent_;  ///< And not done yet, in the order sent.
    std::uint64_t safe_count_ = 0;
};

}  // namespace framebridge::source
