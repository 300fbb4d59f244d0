#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/producer.h"
#include "kafka_redis_sink/transfer.h"
#include "runtime/rate_limit.h"

namespace framebridge::sink {

/// The stage that hands messages to Kafka in the order received, each once it is ready, and hears of their
/// delivery. What cannot be used goes to the dead-letter topic, or is dropped if there is none.
class Produce {
  public:
    explicit Produce(std::string dead_letter_topic) : dead_letter_topic_(std::move(dead_letter_topic)) {}
    /// To be called once, before all else.
    void use(kafka::Producer& producer) { producer_ = &producer; }

    /// Produces all that is ready, up to the first message that is not.
    void advance(TransferWindow& window);
    /// Lets the producer work and takes its delivery reports.
    void take_deliveries(TransferWindow& window);
    void add_to(runtime::PollSet& poll_set) { producer_->add_to(poll_set); }

  private:
    void produce(TransferWindow& window, Transfer& transfer);
    void set_aside(Transfer& transfer);
    void drop(Transfer& transfer, const std::string& reason);

    kafka::Producer* producer_ = nullptr;
    std::string dead_letter_topic_;
    std::uint64_t next_number_ = 0;
    std::vector<kafka::DeliveryReport> deliveries_;
    runtime::RateLimit log_limit_;
};

}  // namespace framebridge::sink
