#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge {

/// What the JSON of --kafka-create-topic-config says: a topic's properties alone,
/// `{"retention.ms": 300000, "cleanup.policy": "delete"}`, or as in the samples of Savant,
/// `{"num_partitions": 4, "replication_factor": 1, "config": {"retention.ms": 300000}}`.
struct TopicJson {
    std::map<std::string, std::string> config;  ///< As texts, which is how Kafka takes them.
    std::optional<int> partitions;
    std::optional<int> replication_factor;

    static constexpr int max_partitions = 100'000;
    static constexpr int max_replicas = 32'767;

    static Result<TopicJson> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

}  // namespace framebridge
