#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "common/config.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "kafka_redis_source/replay_config.h"
#include "kafka_redis_source/store_policy.h"
#include "store/redis_frame_store.h"
#include "zmq/sender.h"

namespace framebridge::source {

/// What to do with a message whose frame is not in the store (any more).
enum class MissingFrame {
    wait,      ///< Ask again for a while, then skip.
    skip,      ///< Leave the message out.
    metadata,  ///< Send the message without content.
    resync,    ///< Leave it out, and what follows of its source up to the next keyframe.
    fail,      ///< Stop with an error; the message is not committed.
};

struct SourceConfig : AdapterConfig {
    zmq::SenderConfig sender;
    kafka::GroupConfig consumer;
    ReplayConfig replay;
    store::RedisConfig redis;  ///< Login and timeouts for every store.
    StoreRules stores;
    MissingFrame missing_frame = MissingFrame::skip;
    std::chrono::milliseconds missing_frame_wait{5'000};
    std::chrono::milliseconds missing_frame_grace{2'000};
    bool verify_content = false;
    std::chrono::milliseconds revoke_timeout{5'000};
};

/// Reads the command line, the environment and the config file. Returns the exit code if the process is to
/// end here.
std::optional<int> parse_source_config(int argc, const char* const* argv, SourceConfig& config);

}  // namespace framebridge::source
