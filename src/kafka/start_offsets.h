#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/event_fd.h"
#include "kafka/handles.h"

namespace framebridge::kafka {

/// What is known of a partition when it is assigned.
struct PartitionState {
    std::int32_t partition = -1;
    std::optional<std::int64_t> committed;
    std::optional<std::int64_t> begin;  ///< The first offset that the broker still has.
    std::optional<std::int64_t> end;    ///< The offset that the next record gets.
};

/// Where to begin in a partition.
struct StartOffset {
    std::int32_t partition = -1;
    std::int64_t offset = RD_KAFKA_OFFSET_BEGINNING;
    std::int64_t missing = 0;  ///< Records before it that were deleted before the group read them.
    bool rewound = false;      ///< The partition ends before the committed offset: the topic was made anew.
    bool commit = false;       ///< The group begins here: later members have to know.
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
    TopicStateQuery(rd_kafka_t* client, std::string topic);
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
    rd_kafka_resp_err_t ask(std::vector<PartitionState>& partitions);
    rd_kafka_resp_err_t ask_committed(std::vector<PartitionState>& partitions);

    rd_kafka_t* client_;
    std::string topic_;
    EventFd event_fd_;
    mutable std::mutex mutex_;
    std::optional<std::vector<PartitionState>> answer_;
    std::string problem_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace framebridge::kafka
