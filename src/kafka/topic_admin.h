#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "kafka/client_config.h"

namespace framebridge::kafka {

struct TopicSpec {
    int partitions = 1;
    int replication_factor = 1;
    std::map<std::string, std::string> config;  ///< retention.ms, max.message.bytes, ...
};

/// How long a topic keeps records, as the broker describes it. -1 means for ever.
struct TopicRetention {
    std::chrono::milliseconds retention{-1};
    std::chrono::milliseconds segment{-1};
    std::optional<std::int64_t> max_message_bytes;
    /// cleanup.policy: of the records of a key only the last is kept, and old records are deleted.
    bool compacts = false;
    bool deletes = true;
};

enum class TopicStatus { exists, created, missing };

/// Makes sure that the topic is there: creates it if `create` is set and it is missing (somebody else
/// creating it meanwhile is fine). Blocks for at most `limit`; throws Failure (unavailable) when no broker
/// answered in time, (no_permission) when it is not allowed, (config) when the broker refuses the spec.
TopicStatus ensure_topic(const ClientConfig& kafka, const std::optional<TopicSpec>& create,
                         std::chrono::milliseconds limit);

/// How many partitions the topic has now; nullopt if it is missing or no broker answers within `limit`.
std::optional<int> count_partitions(const ClientConfig& kafka, std::chrono::milliseconds limit);

/// Whether the broker tells the topic's retention within `limit`, or says why not. Throws Failure
/// (unavailable) when no broker answered.
void expect_retention(const ClientConfig& kafka, std::chrono::milliseconds limit);

/// Asks the broker for the topic's retention; nullopt with a reason in `error` if it cannot be found out
/// (not allowed, away). Blocks for at most `limit`.
std::optional<TopicRetention> describe_retention(const ClientConfig& kafka, std::chrono::milliseconds limit,
                                                 std::string& error);

}  // namespace framebridge::kafka
