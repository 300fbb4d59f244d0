#pragma once

#include <prometheus/counter.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/fault.h"
#include "common/record_limit.h"
#include "kafka/producer.h"
#include "runtime/log_limit.h"

namespace framebridge {

/// Where a message that cannot be used came from.
struct Origin {
    std::string topic;            ///< Kafka's, or the ZeroMQ topic.
    std::int32_t partition = -1;  ///< -1: it did not come from Kafka.
    std::int64_t offset = -1;
    /// Of records that could not be read, from this offset on, which a letter without a value stands for.
    std::optional<std::int64_t> unreadable{};

    /// For a log line.
    [[nodiscard]] std::string to_string() const;
};

/// The headers of a dead letter: why, from where, by which adapter, and when.
kafka::RecordHeaders dead_letter_headers(std::string_view reason, const Origin& origin,
                                         std::string_view adapter);

/// A message that cannot be used.
struct DeadLetter {
    Origin origin;
    Fault fault = Fault::invalid;
    std::string reason;  ///< The fault in a sentence.
    std::string key;
    std::string value;
};

/// What became of a message that cannot be used.
enum class DeadLetterOutcome {
    kept,     ///< The dead-letter topic has it.
    dropped,  ///< There is no such topic, or it did not take the message.
};

/// Takes messages that cannot be used to the dead-letter topic, or drops them. Counts and logs either. Keeps
/// its letters itself until their outcome.
class DeadLetterWriter {
  public:
    struct Config {
        std::string topic;    ///< Empty: all are dropped.
        std::string adapter;  ///< The adapter's name, for the letters' headers.
    };
    struct Counters {
        prometheus::Counter& kept;
        prometheus::Counter& dropped;
        FaultCounters& faults;  ///< Of both.
    };

    /// `producer` may be null if there is no topic, `limit` if the topic's is not known.
    DeadLetterWriter(Config config, kafka::Producer* producer, Counters counters,
                     std::unique_ptr<RecordLimit> limit = nullptr)
        : config_(std::move(config)), producer_(producer), counters_(counters), limit_(std::move(limit)) {}

    /// Returns an outcome that is known at once; nullopt: take() will tell. `token` names the letter's record
    /// to the producer.
    std::optional<DeadLetterOutcome> write(kafka::RecordToken token, DeadLetter letter);
    /// What a delivery report says of a letter; nullopt if the record is not one.
    std::optional<DeadLetterOutcome> take(const kafka::DeliveryReport& report);
    /// Letters without an outcome.
    [[nodiscard]] std::size_t unconfirmed() const { return letters_.size(); }

  private:
    DeadLetterOutcome drop(const DeadLetter& letter, const std::string& reason);

    Config config_;
    kafka::Producer* producer_;
    Counters counters_;
    std::unique_ptr<RecordLimit> limit_;
    std::map<kafka::RecordToken, DeadLetter> letters_;
    runtime::LogLimit kept_log_;
    runtime::LogLimit dropped_log_;
};

}  // namespace framebridge
