#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/unreadable_probe.h"
#include "runtime/poll_set.h"

namespace framebridge::kafka {

/// What to do with records that librdkafka cannot read.
enum class UnreadablePolicy {
    skip,  ///< Step over them, after they could not be read several times.
    wait,  ///< Their partition waits.
};

/// Offsets [begin, end) of a partition that were stepped over.
struct UnreadableHole {
    std::int32_t partition = -1;
    std::int64_t begin = -1;
    std::int64_t end = -1;
    std::string reason;
    bool read_on = false;  ///< Reading stands still: it has to be moved to the end.
};

/// The places in partitions that cannot be read: librdkafka fetches the same again and again, or steps over
/// it without a word to whoever reads what follows.
class UnreadableRecords {
  public:
    using Clock = runtime::PollSet::Clock;

    UnreadableRecords(ClientConfig config, UnreadablePolicy policy)
        : config_(std::move(config)), policy_(policy) {}

    /// An error for which is_unreadable() holds, of a partition whose next record has the offset `next`.
    void error(std::int32_t partition, std::int64_t next, std::int64_t batch, const std::string& reason);
    enum class Verdict {
        good,     ///< The record is the next one.
        hole,     ///< It comes behind what cannot be read: take() tells.
        discard,  ///< It must wait for what cannot be read.
    };
    Verdict record(std::int32_t partition, std::int64_t offset);
    void forget(std::int32_t partition) { places_.erase(partition); }

    /// Holes whose end is known, each once. Reading goes on behind them.
    std::vector<UnreadableHole> take();
    /// Partitions that are to be read again, from these offsets on.
    std::map<std::int32_t, std::int64_t> take_seeks();
    void add_to(runtime::PollSet& poll_set) const;
    /// Which partition waits, and why; empty if none does.
    [[nodiscard]] std::string problem() const;

  private:
    struct Place {
        std::int64_t next = -1;
        std::int64_t batch = -1;
        std::string reason;
        int errors = 0;
        bool discarded = false;
        Clock::time_point seek_at;
        std::int64_t end = -1;  ///< Known by the first record behind it.
        std::unique_ptr<UnreadableProbe> probe;
    };
    [[nodiscard]] bool skips(const Place& place) const;

    ClientConfig config_;
    UnreadablePolicy policy_;
    std::map<std::int32_t, Place> places_;
};

}  // namespace framebridge::kafka
