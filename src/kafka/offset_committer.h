#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "kafka/client_config.h"
#include "kafka/client_log.h"
#include "kafka/handles.h"

namespace framebridge::kafka {

/// Commits offsets to a group without joining it: brokers take that only while the group has no members. One
/// thread at a time.
class OffsetCommitter {
  public:
    /// Throws Failure for a configuration that librdkafka refuses.
    OffsetCommitter(const ClientConfig& config, const std::string& group);
    ~OffsetCommitter();
    OffsetCommitter(const OffsetCommitter&) = delete;
    OffsetCommitter& operator=(const OffsetCommitter&) = delete;

    /// The next offset to be read of a partition. Committed about once a second, and by close().
    void store(std::int32_t partition, std::int64_t next_offset);
    /// Commits what was stored, waiting for at most `limit`. Returns whether the broker has it.
    bool close(std::chrono::milliseconds limit);

  private:
    using Clock = std::chrono::steady_clock;
    PartitionListHandle list() const;
    void take_events();

    ClientConfig config_;
    std::string group_;
    std::shared_ptr<ClientLog> log_ = std::make_shared<ClientLog>();
    ClientHandle client_;
    QueueHandle answers_;
    std::map<std::int32_t, std::int64_t> stored_;
    Clock::time_point due_;
};

}  // namespace framebridge::kafka
