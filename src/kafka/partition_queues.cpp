#include "kafka/partition_queues.h"

#include <algorithm>
#include <utility>

namespace framebridge::kafka {

PartitionQueues::PartitionQueues(rd_kafka_t* client, std::string topic)
    : client_(client), topic_(std::move(topic)) {}

PartitionQueues::~PartitionQueues() {
    clear();
}

void PartitionQueues::add(std::int32_t partition) {
    remove(partition);
    QueueHandle queue(rd_kafka_queue_get_partition(client_, topic_.c_str(), partition));
    rd_kafka_queue_forward(queue.get(), nullptr);
    event_fd_.watch(queue.get());
    partitions_.push_back({.number = partition,
                           .queue = std::move(queue),
                           .waker = FetchWaker(client_),
                           .may_have_more = true});
}

void PartitionQueues::remove(std::int32_t partition) {
    std::erase_if(partitions_, [partition](const Partition& each) {
        if (each.number != partition) {
            return false;
        }
        EventFd::forget(each.queue.get());
        return true;
    });
}

void PartitionQueues::clear() {
    for (const auto& partition : partitions_) {
        EventFd::forget(partition.queue.get());
    }
    partitions_.clear();
}

void PartitionQueues::take(const Room& room, std::vector<MessagePointer>& messages) {
    if (event_fd_.clear()) {
        for (auto& partition : partitions_) {
            partition.may_have_more = true;
        }
    }
    auto left = room.records;
    for (std::size_t i = 0; i < partitions_.size() && left > 0; ++i) {
        auto& partition = partitions_[(first_ + i) % partitions_.size()];
        if (partition.may_have_more) {
            left -= take(partition, std::min(left, room.of(partition.number)), messages);
        }
    }
    ++first_;
}

std::size_t PartitionQueues::take(Partition& partition, std::size_t max_messages,
                                  std::vector<MessagePointer>& messages) {
    if (max_messages == 0) {
        return 0;
    }
    batch_.resize(max_messages);
    const auto result = rd_kafka_consume_batch_queue(partition.queue.get(), 0, batch_.data(), batch_.size());
    const auto count = result > 0 ? static_cast<std::size_t>(result) : 0;
    partition.may_have_more = count == max_messages;
    for (std::size_t index = 0; index < count; ++index) {
        const auto& message = messages.emplace_back(batch_[index], rd_kafka_message_destroy);
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            partition.waker.taken(message->key_len + message->len);
        }
    }
    if (partition.waker.due()) {
        partition.waker.wake(topic_, partition.number);
    }
    return count;
}

void PartitionQueues::add_to(runtime::PollSet& poll_set, const Room& room) const {
    if (room.records == 0) {
        return;
    }
    if (std::any_of(partitions_.begin(), partitions_.end(), [&room](const Partition& partition) {
            return partition.may_have_more && room.of(partition.number) > 0;
        })) {
        poll_set.wake_at(runtime::PollSet::Clock::now());
    }
    poll_set.add_fd(event_fd_.fd(), runtime::PollEvents::readable);
}

std::vector<std::int32_t> PartitionQueues::partitions() const {
    std::vector<std::int32_t> numbers;
    for (const auto& partition : partitions_) {
        numbers.push_back(partition.number);
    }
    return numbers;
}

}  // namespace framebridge::kafka
