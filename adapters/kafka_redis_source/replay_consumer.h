#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/progress.h"
#include "kafka/consumer.h"
#include "kafka/offset_committer.h"
#include "kafka/topic_reader.h"
#include "kafka_redis_source/replay_config.h"
#include "kafka_redis_source/replay_filter.h"
#include "kafka_redis_source/replay_pacer.h"
#include "runtime/stop_signal.h"

namespace framebridge::source {

/// Gives a source the records of a range instead of those of a group: filtered, aligned, thinned and paced.
/// It uses no group and commits nothing, unless `resume_group` is set.
class ReplayConsumer final : public kafka::Consumer {
  public:
    /// Finds the ranges, which blocks for some seconds. Throws Failure: a topic or a group that it cannot be,
    /// brokers that do not answer.
    ReplayConsumer(const kafka::ClientConfig& kafka, ReplayConfig config, std::size_t prefetch_bytes,
                   const runtime::StopSignal& stop);

    void consume(const kafka::Room& room, kafka::RebalanceListener& listener,
                 std::vector<kafka::ConsumedRecord>& records) override;
    void store_offset(std::int32_t partition, std::int64_t next_offset) override;
    void add_to(runtime::PollSet& poll_set, const kafka::Room& room) override;
    void close(std::chrono::milliseconds limit, kafka::RebalanceListener& listener) override;
    [[nodiscard]] std::string problem() const override { return {}; }
    [[nodiscard]] std::vector<kafka::PartitionLag> lag() const override;

    [[nodiscard]] bool finished() const override;
    [[nodiscard]] const ReplaySkips& skips() const { return filter_.skips(); }

  private:
    using Clock = runtime::PollSet::Clock;
    struct Held {
        kafka::TopicRecord record;
        Clock::time_point due;
    };
    /// The last message of a source that was given out.
    struct Last {
        protocol::Format format;
        std::int32_t partition;
        bool ended;
    };
    void find_ranges(const kafka::ClientConfig& kafka, const runtime::StopSignal& stop);
    void resume(const kafka::ClientConfig& kafka);
    void align(const runtime::StopSignal& stop);
    void fill();
    void hold(kafka::TopicRecord record);
    void give(const kafka::Room& room, std::vector<kafka::ConsumedRecord>& records);
    void end_streams(std::vector<kafka::ConsumedRecord>& records);
    [[nodiscard]] bool all_read() const;

    ReplayConfig config_;
    bool plain_;  ///< Every record is given out at once: none needs to be looked into.
    kafka::TopicReader reader_;
    std::unique_ptr<kafka::OffsetCommitter> committer_;
    ReplayFilter filter_;
    ReplayPacer pacer_;
    std::map<std::int32_t, kafka::PartitionRange> ranges_;
    std::map<std::int32_t, std::deque<Held>> held_;
    std::map<std::int32_t, std::int64_t> given_;  ///< The offset after the last one given out, by partition.
    std::map<std::string, Last, std::less<>> last_;
    std::vector<kafka::TopicRecord> read_;
    std::optional<Progress> progress_;
    std::uint64_t bytes_ = 0;
    bool assigned_ = false;
    bool streams_ended_ = false;
};

}  // namespace framebridge::source
