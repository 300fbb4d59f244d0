#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/dead_letter.h"
#include "kafka_redis_source/commit_stage.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/metrics.h"

namespace framebridge::source {

/// The stage that takes records that cannot be used to the dead-letter topic. They are done once it has them,
/// or they are dropped.
class DeadLetterStage {
  public:
    /// `producer` may be null: then all are dropped.
    DeadLetterStage(const SourceConfig& config, std::unique_ptr<kafka::Producer> producer,
                    SourceMetrics& metrics);

    /// Whether one more letter may be written now: those without an outcome take memory.
    [[nodiscard]] bool has_room() const {
        return unconfirmed() == 0 || (unconfirmed() < max_messages_ && bytes_ < max_bytes_);
    }
    void write(const kafka::ConsumedRecord& record, Fault fault, std::string reason, CommitStage& commit);
    /// Takes what the producer has come to.
    void advance(CommitStage& commit);
    void add_to(runtime::PollSet& poll_set);
    /// Letters without an outcome.
    [[nodiscard]] std::size_t unconfirmed() const { return writer_.unconfirmed(); }
    /// What keeps letters from being delivered; empty if nothing does.
    [[nodiscard]] std::string problem() const;

  private:
    struct Letter {
        RecordPlace place;
        std::size_t bytes = 0;
    };
    std::string topic_;
    std::size_t max_messages_;
    std::size_t max_bytes_;
    DeadLetterWriter writer_;
    std::unique_ptr<kafka::Producer> producer_;  // Refers to what the writer holds.
    std::map<kafka::RecordToken, Letter> letters_;
    std::size_t bytes_ = 0;
    kafka::RecordToken next_token_ = 0;
    std::vector<kafka::DeliveryReport> reports_;
};

}  // namespace framebridge::source
