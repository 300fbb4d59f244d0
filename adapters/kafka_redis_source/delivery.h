#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framebridge/protocol/envelope.h"
#include "kafka/consumer.h"
#include "runtime/buffer.h"
#include "zmq/sender.h"

namespace framebridge::source {

/// A frame's bytes on their way out of the store.
struct FetchedFrame {
    bool pending = false;
    bool missing = false;
    std::shared_ptr<runtime::Buffer> content;
    std::chrono::steady_clock::time_point asked_at;
};

/// One message on its way through the source. Its views point into librdkafka's message, which `record` keeps
/// alive.
struct PendingDelivery {
    std::uint64_t number = 0;
    kafka::ConsumedRecord record;
    protocol::Envelope envelope;
    std::vector<FetchedFrame> frames;              ///< One per frame of the envelope.
    std::size_t unfetched = 0;                     ///< Frames without an outcome of the store.
    std::size_t bytes = 0;                         ///< Held by this message.
    std::string dead_letter_reason;                ///< Not empty: the message cannot be used.
    std::optional<zmq::OutgoingMessage> outgoing;  ///< Built when its turn to be sent comes.
};

/// The messages in flight, in the order consumed.
class DeliveryWindow {
  public:
    PendingDelivery& add(kafka::ConsumedRecord record) {
        auto& delivery = deliveries_.emplace_back();
        delivery.number = next_number_++;
        delivery.record = std::move(record);
        hold(delivery, delivery.record.value.size());
        return delivery;
    }
    /// Null for a message that left, also by its partition having been given up.
    [[nodiscard]] PendingDelivery* find(std::uint64_t number) {
        const auto found = std::lower_bound(
            deliveries_.begin(), deliveries_.end(), number,
            [](const auto& delivery, std::uint64_t wanted) { return delivery.number < wanted; });
        return found != deliveries_.end() && found->number == number ? &*found : nullptr;
    }
    [[nodiscard]] PendingDelivery& front() { return deliveries_.front(); }
    PendingDelivery take_front() {
        hold(front(), 0);
        auto delivery = std::move(deliveries_.front());
        deliveries_.pop_front();
        return delivery;
    }
    /// Forgets the messages for which `gone` holds.
    template <typename Predicate>
    std::size_t remove(Predicate gone) {
        for (auto& delivery : deliveries_) {
            if (gone(delivery)) {
                hold(delivery, 0);
            }
        }
        return std::erase_if(deliveries_, gone);
    }
    template <typename Predicate>
    [[nodiscard]] bool any(Predicate matches) const {
        return std::any_of(deliveries_.begin(), deliveries_.end(), matches);
    }
    [[nodiscard]] std::size_t count(std::int32_t partition) const {
        return static_cast<std::size_t>(std::count_if(
            deliveries_.begin(), deliveries_.end(),
            [partition](const auto& delivery) { return delivery.record.partition == partition; }));
    }
    void hold(PendingDelivery& delivery, std::size_t bytes) {
        bytes_ += bytes - delivery.bytes;
        delivery.bytes = bytes;
    }
    [[nodiscard]] bool empty() const { return deliveries_.empty(); }
    [[nodiscard]] std::size_t size() const { return deliveries_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] auto begin() { return deliveries_.begin(); }
    [[nodiscard]] auto end() { return deliveries_.end(); }

  private:
    std::deque<PendingDelivery> deliveries_;
    std::uint64_t next_number_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace framebridge::source
