#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "kafka/topic_admin.h"

namespace framebridge::kafka {

/// How long at most a topic's record can still be read after it was written; nullopt for ever.
///
/// A broker deletes whole segments, and a segment only when its youngest record is older than retention.ms. A
/// record is followed by others for up to segment.ms, until its segment is closed; the broker looks for old
/// segments every log.retention.check.interval.ms (5 minutes by default) and deletes their files
/// file.delete.delay.ms (1 minute) later. So: retention.ms + segment.ms + 10 minutes, the rest being for
/// clocks that differ.
std::optional<std::chrono::milliseconds> record_lifetime(const TopicRetention& retention);

/// What the guard says of a store's TTL beside a topic's retention.
struct TtlVerdict {
    /// The TTL to store frames with; empty if none can be derived.
    std::optional<std::chrono::seconds> ttl;
    /// What is wrong and what to do; empty if nothing is.
    std::string problem;
};

/// A TTL for frames that no reference in the topic outlives. `ttl` as configured (REDIS_TTL_SECONDS): empty
/// for `auto`, which derives it from the retention; 0 for frames that never expire. An explicit one stays as
/// it is, also when it is too short.
TtlVerdict check_ttl(const TopicRetention& retention, std::optional<std::chrono::seconds> ttl);

}  // namespace framebridge::kafka
