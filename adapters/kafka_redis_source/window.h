#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "common/messages_in_flight.h"
#include "kafka/consumer.h"
#include "kafka_redis_source/message_in_flight.h"

namespace framebridge::source {

/// The messages in flight of one partition, in the order of their offsets.
struct Lane {
    std::deque<MessageInFlight*> messages;
    std::size_t bytes = 0;
    std::size_t asked = 0;  ///< Of the messages, how many from the front have been asked for as a whole.
    std::int64_t last_offset = -1;        ///< Of the last record consumed; -1: there was none.
    std::int64_t last_timestamp_ms = -1;  ///< Of the last record consumed; -1: it has none.
    bool waits_for_store = false;         ///< The next frame could not be asked for, though there was room.
};

/// All messages in flight, in a lane per assigned partition: order is kept within a partition only, so that
/// one that waits stops no other. A lane has an equal share of the messages and bytes allowed in all.
class Window {
  public:
    struct Limits {
        std::size_t messages = 0;
        std::size_t bytes = 0;
    };

    explicit Window(Limits limits) : limits_(limits) {}

    /// Gives each of the partitions a lane.
    void open(const std::vector<std::int32_t>& partitions);
    /// Forgets the partitions and their messages. Returns how many messages these were.
    std::size_t close(const std::vector<std::int32_t>& partitions);
    [[nodiscard]] bool has(std::int32_t partition) const { return lanes_.contains(partition); }

    MessageInFlight& add(kafka::ConsumedRecord record);
    /// Null for a message that is not in flight any more.
    [[nodiscard]] MessageInFlight* find(std::uint64_t number) { return messages_.find(number); }
    /// Notes that `message` holds so many bytes now.
    void hold(MessageInFlight& message, std::size_t bytes);

    /// How many more records of a partition may be consumed.
    [[nodiscard]] std::size_t room(std::int32_t partition) const;
    /// Whether `message` may hold `bytes` more: within its lane's share, or beyond it for the front of one
    /// lane at a time. So all of them hold no more than is allowed, and one message.
    [[nodiscard]] bool may_grow(const Lane& lane, const MessageInFlight& message, std::size_t bytes) const;

    /// The lane that may go on next, by turns, of those for whose front `is_ready` holds; null if none is.
    template <typename Predicate>
    [[nodiscard]] Lane* next(Predicate is_ready) {
        const auto may_go_on = [&](const auto& entry) {
            return !entry.second.messages.empty() && is_ready(std::as_const(*entry.second.messages.front()));
        };
        const auto turn = lanes_.lower_bound(turn_);
        auto found = std::find_if(turn, lanes_.end(), may_go_on);
        if (found == lanes_.end()) {
            found = std::find_if(lanes_.begin(), turn, may_go_on);
            if (found == turn) {
                return nullptr;
            }
        }
        turn_ = found->first;
        return &found->second;
    }
    /// Ends the front's flight; the next turn is another lane's.
    void pop_front(Lane& lane);

    [[nodiscard]] std::map<std::int32_t, Lane>& lanes() { return lanes_; }
    [[nodiscard]] std::vector<std::int32_t> partitions() const;
    /// Messages in flight of a partition.
    [[nodiscard]] std::size_t size(std::int32_t partition) const;
    /// The offset of a partition's next record that is not sent; -1: not known.
    [[nodiscard]] std::int64_t position(std::int32_t partition) const;
    /// The timestamp of a partition's oldest message in flight, or of the last one there was; -1: not known.
    [[nodiscard]] std::int64_t oldest_timestamp(std::int32_t partition) const;
    [[nodiscard]] std::size_t share_of_bytes() const;
    [[nodiscard]] std::size_t size() const { return messages_.size(); }
    [[nodiscard]] std::size_t bytes() const { return messages_.bytes(); }
    [[nodiscard]] bool empty() const { return messages_.empty(); }
    [[nodiscard]] bool any_of(const std::vector<std::int32_t>& partitions) const;

  private:
    Limits limits_;
    MessagesInFlight<MessageInFlight> messages_;
    std::map<std::int32_t, Lane> lanes_;
    std::int32_t turn_ = 0;  ///< The partition that may send next, or the first one behind it.
    std::size_t largest_record_ = 0;
    /// The message that holds more than its lane's share, if one does.
    const MessageInFlight* oversize_ = nullptr;
};

}  // namespace framebridge::source
