#include "kafka_redis_source/window.h"

#include <algorithm>

namespace framebridge::source {

void Window::open(const std::vector<std::int32_t>& partitions) {
    for (const auto partition : partitions) {
        lanes_.try_emplace(partition);
    }
}

std::size_t Window::close(const std::vector<std::int32_t>& partitions) {
    std::size_t left = 0;
    for (const auto partition : partitions) {
        const auto lane = lanes_.find(partition);
        if (lane == lanes_.end()) {
            continue;
        }
        for (; !lane->second.messages.empty(); ++left) {
            pop_front(lane->second);
        }
        lanes_.erase(lane);
    }
    return left;
}

MessageInFlight& Window::add(kafka::ConsumedRecord record) {
    auto& message = messages_.add();
    auto& lane = lanes_[record.partition];
    message.record = std::move(record);
    lane.messages.push_back(&message);
    lane.last_timestamp_ms = message.record.timestamp_ms;
    lane.last_offset = message.record.offset;
    const auto size = message.record.value.size();
    largest_record_ = std::max(size, largest_record_ - largest_record_ / 64);
    hold(message, size);
    return message;
}

void Window::hold(MessageInFlight& message, std::size_t bytes) {
    auto& lane = lanes_[message.record.partition];
    lane.bytes += bytes - message.bytes;
    messages_.hold(message, bytes);
    if (lane.bytes > share_of_bytes() && oversize_ == nullptr && lane.messages.front() == &message) {
        oversize_ = &message;
    }
}

std::size_t Window::share_of_bytes() const {
    return limits_.bytes / std::max<std::size_t>(1, lanes_.size());
}

std::size_t Window::room(std::int32_t partition) const {
    const auto found = lanes_.find(partition);
    if (found == lanes_.end()) {
        return 0;
    }
    const auto& lane = found->second;
    const auto messages = std::max<std::size_t>(1, limits_.messages / lanes_.size());
    const auto bytes_left = share_of_bytes() - std::min(lane.bytes, share_of_bytes());
    const auto room = std::min(messages - std::min(lane.messages.size(), messages),
                               bytes_left / std::max<std::size_t>(1, largest_record_));
    return lane.messages.empty() ? std::max<std::size_t>(1, room) : room;
}

bool Window::may_grow(const Lane& lane, const MessageInFlight& message, std::size_t bytes) const {
    if (lane.bytes + bytes <= share_of_bytes()) {
        return true;
    }
    return lane.messages.front() == &message && (oversize_ == nullptr || oversize_ == &message);
}

void Window::pop_front(Lane& lane) {
    auto& message = *lane.messages.front();
    if (oversize_ == &message) {
        oversize_ = nullptr;
    }
    hold(message, 0);
    turn_ = message.record.partition + 1;
    lane.messages.pop_front();
    lane.asked -= std::min<std::size_t>(lane.asked, 1);
    messages_.remove(message);
}

std::vector<std::int32_t> Window::partitions() const {
    std::vector<std::int32_t> numbers;
    for (const auto& [partition, lane] : lanes_) {
        numbers.push_back(partition);
    }
    return numbers;
}

std::size_t Window::size(std::int32_t partition) const {
    const auto lane = lanes_.find(partition);
    return lane == lanes_.end() ? 0 : lane->second.messages.size();
}

std::int64_t Window::position(std::int32_t partition) const {
    const auto lane = lanes_.find(partition);
    if (lane == lanes_.end() || lane->second.last_offset < 0) {
        return -1;
    }
    return lane->second.messages.empty() ? lane->second.last_offset + 1
                                         : lane->second.messages.front()->record.offset;
}

std::int64_t Window::oldest_timestamp(std::int32_t partition) const {
    const auto lane = lanes_.find(partition);
    if (lane == lanes_.end()) {
        return -1;
    }
    return lane->second.messages.empty() ? lane->second.last_timestamp_ms
                                         : lane->second.messages.front()->record.timestamp_ms;
}

bool Window::any_of(const std::vector<std::int32_t>& partitions) const {
    return std::any_of(partitions.begin(), partitions.end(),
                       [this](std::int32_t partition) { return size(partition) > 0; });
}

}  // namespace framebridge::source
