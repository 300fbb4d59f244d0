#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/event_fd.h"
#include "kafka/fetch_waker.h"
#include "kafka/handles.h"

namespace framebridge::kafka {

using MessagePointer = std::shared_ptr<rd_kafka_message_t>;

/// The queues of the partitions assigned to a consumer, each on its own: a partition whose user has no room
/// for it is left alone, for as long as that lasts, and no other waits for it. Pausing it instead would throw
/// away and fetch again what is prefetched, and librdkafka 2.0.2 starts a partition anew, however far it was
/// read, that was paused while its first offset was being looked up.
class PartitionQueues {
  public:
    PartitionQueues(rd_kafka_t* client, std::string topic);
    ~PartitionQueues();
    PartitionQueues(const PartitionQueues&) = delete;
    PartitionQueues& operator=(const PartitionQueues&) = delete;

    /// To be called before each assignment: librdkafka forgets it with the partition.
    void add(std::int32_t partition);
    void remove(std::int32_t partition);
    void clear();

    /// Appends the messages that are there now and that there is room for. Messages may be errors.
    void take(const Room& room, std::vector<MessagePointer>& messages);
    void add_to(runtime::PollSet& poll_set, const Room& room) const;

    /// The assigned partitions.
    [[nodiscard]] std::vector<std::int32_t> partitions() const;

  private:
    struct Partition {
        std::int32_t number;
        QueueHandle queue;
        FetchWaker waker;
        /// Whether there may be more messages than were taken. An event tells only that some queue has one.
        bool may_have_more = true;
    };
    std::size_t take(Partition& partition, std::size_t max_messages, std::vector<MessagePointer>& messages);

    rd_kafka_t* client_;
    std::string topic_;
    EventFd event_fd_;
    std::vector<Partition> partitions_;
    std::size_t first_ = 0;  ///< Whose turn it is to be read first.
    std::vector<rd_kafka_message_t*> batch_;
};

}  // namespace framebridge::kafka
