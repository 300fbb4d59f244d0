#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "kafka/client_config.h"
#include "kafka/event_fd.h"
#include "kafka/handles.h"

namespace framebridge::kafka {

/// Whether a partition's error says that what a broker sent cannot be read: it does not unpack, its checksum
/// is wrong, it is larger than receive.message.max.bytes allows.
bool is_unreadable(rd_kafka_resp_err_t code);

/// Where the batch that cannot be read begins in a partition, and an offset in it.
struct UnreadablePlace {
    std::int32_t partition = -1;
    std::int64_t batch = -1;
    std::int64_t offset = -1;
};

/// Looks, in a thread of its own, for the first offset behind a batch that cannot be read: at steps that
/// double, then between the last two. Errors tell their batch, so no other one is stepped over.
class UnreadableProbe {
  public:
    UnreadableProbe(ClientConfig config, UnreadablePlace place);
    ~UnreadableProbe();
    UnreadableProbe(const UnreadableProbe&) = delete;
    UnreadableProbe& operator=(const UnreadableProbe&) = delete;

    /// Readable when the outcome is there.
    [[nodiscard]] int fd() const { return event_fd_.fd(); }
    /// Nullopt: not known yet.
    [[nodiscard]] std::optional<std::int64_t> end() const;

  private:
    void run();
    /// Whether a read at `offset` meets the batch that cannot be read.
    bool in_batch(rd_kafka_topic_t* topic, std::int64_t offset) const;

    ClientConfig config_;
    UnreadablePlace place_;
    EventFd event_fd_;
    mutable std::mutex mutex_;
    std::optional<std::int64_t> end_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace framebridge::kafka
