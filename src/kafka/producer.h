#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/client_config.h"
#include "runtime/poll_set.h"

namespace framebridge::kafka {

/// Names one record; the caller's choice, unique among those without an outcome.
using RecordToken = std::uint64_t;

struct RecordHeader {
    std::string name;
    std::string value;
};

/// Shared, as most records have the same. Null: none.
using RecordHeaders = std::shared_ptr<const std::vector<RecordHeader>>;

inline RecordHeaders make_headers(std::vector<RecordHeader> headers) {
    return std::make_shared<const std::vector<RecordHeader>>(std::move(headers));
}

/// A record to be produced. The views must stay valid and unchanged until its outcome: nothing is copied.
struct ProducerRecord {
    RecordToken token = 0;
    std::string_view topic;  ///< Empty: ClientConfig::topic.
    std::string_view key;
    std::string_view value;
    RecordHeaders headers;
};

enum class DeliveryStatus {
    delivered,  ///< The broker confirmed it (acks=all).
    too_large,  ///< Larger than message.max.bytes (the client's, the topic's or the broker's): `reason` says
                ///< which.
    rejected,   ///< The broker will never take this record; `reason`.
};

struct DeliveryReport {
    RecordToken token = 0;
    DeliveryStatus status = DeliveryStatus::delivered;
    std::string reason;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
};

struct ProducerStatistics {
    std::uint64_t recreated = 0;                         ///< Times the librdkafka producer was recreated.
    std::uint64_t repeated = 0;                          ///< Records produced again.
    std::map<std::string_view, std::uint64_t> errors{};  ///< By librdkafka's names, such as `_TRANSPORT`.
};

/// A producer that loses nothing and keeps order: idempotent, acks=all, no message timeout. Every record has
/// exactly one outcome, or none before the producer is destroyed. Whatever fails for a reason that can pass
/// (brokers away, a fatal idempotence error, a purged queue, an unknown topic, missing authorization) is
/// produced again, with all unconfirmed records behind it, in order. Used by one thread. Never blocks, but in
/// the destructor for at most a second. A fake stands in for it in scenario tests.
class Producer {
  public:
    virtual ~Producer() = default;
    virtual void produce(ProducerRecord record) = 0;
    /// Serves callbacks and retries; appends the outcomes that are due to `deliveries`.
    virtual void advance(std::vector<DeliveryReport>& deliveries) = 0;
    virtual void add_to(runtime::PollSet& poll_set) = 0;
    /// What keeps it from producing, in one sentence, as in the log; empty if nothing does.
    [[nodiscard]] virtual std::string problem() const = 0;
    [[nodiscard]] virtual ProducerStatistics statistics() const = 0;
};

struct ProducerConfig {
    ClientConfig kafka;
    /// With 0 librdkafka polls without a pause while five requests are under way, and sends smaller batches.
    std::chrono::milliseconds linger{1};
    std::size_t queue_bytes = std::size_t{256} << 20;  ///< More than the adapter can have in flight.
    std::chrono::milliseconds retry_backoff{100};  ///< First pause before a producer is recreated; doubles.
    std::chrono::milliseconds retry_backoff_max{5000};
    /// Asked about once a second, if set: why nothing may be produced now; empty if it may.
    std::function<std::string()> hold_back = {};
};

/// Throws Failure (config) for a configuration that librdkafka refuses.
std::unique_ptr<Producer> open_producer(ProducerConfig config);

}  // namespace framebridge::kafka
