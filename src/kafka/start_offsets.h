#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/event_fd.h"
#include "kafka/handles.h"
#include "kafka/record_mark.h"

namespace framebridge::kafka {

/// What is known of a partition when it is assigned.
struct PartitionState {
    std::int32_t partition = -1;
    std::optional<std::int64_t> committed;
    std::optional<std::int64_t> begin;  ///< The first offset that the broker still has.
    std::optional<std::int64_t> end;    ///< The offset that the next record gets.
    std::optional<RecordMark> mark{};   ///< Of the last record before `committed`, as the group knew it.
    std::optional<RecordMark> there{};  ///< Of the record that is at the mark's offset now.
};

/// Where to begin in a partition.
struct StartOffset {
    std::int32_t partition = -1;
    std::int64_t offset = RD_KAFKA_OFFSET_BEGINNING;
    std::int64_t missing = 0;  ///< Records before it that were deleted before the group read them.
    /// The partition ends before the committed offset, or another record is at the mark's offset: the topic
    /// was made anew.
    bool rewound = false;
    bool commit = false;               ///< The group begins here: later members have to know.
    std::optional<RecordMark> mark{};  ///< Of the record before it, if that is known to be there.
};

/// Where a group goes on in `partitions` of a topic, by the state of all of the topic's partitions: at its
/// committed offset, as far as that is still there, else at the oldest record. A group without any committed
/// offset begins by `auto_offset_reset`, in all partitions; one that has begun reads a partition that was
/// added later from its first record. Throws Failure (bad_data) for a missing or deleted offset if
/// `auto_offset_reset` is `error`.
std::vector<StartOffset> find_start_offsets(const std::vector<std::int32_t>& partitions,
                                            const std::vector<PartitionState>& topic,
                                            const std::string& auto_offset_reset);

/// Asks the brokers for what find_start_offsets() has to know, in a thread of its own, as often as it takes.
class TopicStateQuery {
  public:
    /// Of `partitions` it also looks whether the records before the group's offsets are those that it read.
    TopicStateQuery(rd_kafka_t* client, ClientConfig config, std::vector<std::int32_t> partitions);
    /// Ends the thread, which can take as long as a request may.
    ~TopicStateQuery();
    TopicStateQuery(const TopicStateQuery&) = delete;
    TopicStateQuery& operator=(const TopicStateQuery&) = delete;

    /// Readable when the answer is there.
    [[nodiscard]] int fd() const { return event_fd_.fd(); }
    [[nodiscard]] std::optional<std::vector<PartitionState>> answer() const;
    /// Why there is none yet; empty if it is only too early.
    [[nodiscard]] std::string problem() const;

  private:
    void run();
    void find_marks(std::vector<PartitionState>& partitions) const;
    [[nodiscard]] bool stopping() const;
    rd_kafka_resp_err_t ask(std::vector<PartitionState>& partitions);
    rd_kafka_resp_err_t ask_committed(std::vector<PartitionState>& partitions);

    rd_kafka_t* client_;
    ClientConfig config_;
    std::vector<std::int32_t> partitions_;
    EventFd event_fd_;
    mutable std::mutex mutex_;
    std::condition_variable stop_asked_;
    std::optional<std::vector<PartitionState>> answer_;
    std::string problem_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace framebridge::kafka
