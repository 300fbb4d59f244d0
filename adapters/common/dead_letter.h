#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kafka/producer.h"

namespace framebridge {

/// Where a message that cannot be used came from.
struct Origin {
    std::string topic;            ///< Kafka's, or the ZeroMQ topic.
    std::int32_t partition = -1;  ///< -1: it did not come from Kafka.
    std::int64_t offset = -1;
};

/// The headers of a dead letter: why, from where, by which adapter, and when.
kafka::RecordHeaders dead_letter_headers(std::string_view reason, const Origin& origin,
                                         std::string_view adapter);

}  // namespace framebridge
