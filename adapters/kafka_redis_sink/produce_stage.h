#pragma once

#include <prometheus/histogram.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/dead_letter.h"
#include "common/record_limit.h"
#include "kafka/producer.h"
#include "kafka_redis_sink/message_in_flight.h"

namespace framebridge::sink {

/// The stage that hands messages to Kafka in the order received, each once it is ready, and hears of their
/// delivery. What cannot be used becomes a dead letter.
class ProduceStage {
  public:
    /// `limit` may be null: what is too large for the topic is not known before the broker says so.
    ProduceStage(std::unique_ptr<kafka::Producer> producer, std::unique_ptr<RecordLimit> limit,
                 DeadLetterWriter dead_letters, prometheus::Histogram& produce_seconds);

    /// Produces all that is ready, up to the first message that is not.
    void advance(SinkMessages& messages);
    /// Lets the producer work and takes its delivery reports.
    void take_deliveries(SinkMessages& messages);
    void add_to(runtime::PollSet& poll_set) { producer_->add_to(poll_set); }
    /// What is wrong with Kafka now, for /health; empty if nothing is.
    [[nodiscard]] std::string problem() const;
    [[nodiscard]] kafka::ProducerStatistics statistics() const { return producer_->statistics(); }

  private:
    void produce(SinkMessages& messages, MessageInFlight& message);
    void make_dead_letter(MessageInFlight& message);
    [[nodiscard]] std::string find_excess(const kafka::ProducerRecord& record) const;

    std::unique_ptr<RecordLimit> limit_;
    DeadLetterWriter dead_letters_;
    prometheus::Histogram& produce_seconds_;
    std::uint64_t next_number_ = 0;
    std::vector<kafka::DeliveryReport> deliveries_;
    std::unique_ptr<kafka::Producer> producer_;  // Last: it refers to the letters that it has not delivered.
};

}  // namespace framebridge::sink
