#pragma once

#include <map>
#include <optional>
#include <set>

#include "common/config.h"
#include "framebridge/protocol/store_address.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
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

/// Which stores a message may name, and under which name they are reached from here.
struct StorePolicy {
    std::map<protocol::StoreAddress, protocol::StoreAddress> aliases;
    std::set<protocol::StoreAddress> allowed;  ///< Empty, with no alias: any.
    /// How long a store that is not configured and was never reached is tried before its frames count as
    /// missing.
    std::chrono::milliseconds unreachable_limit{60'000};

    [[nodiscard]] bool follows_any() const { return aliases.empty() && allowed.empty(); }
};

struct SourceConfig : AdapterConfig {
    zmq::SenderConfig sender;
    kafka::GroupConfig consumer;
    store::RedisConfig redis;  ///< Login and timeouts for every store.
    StorePolicy stores;
    MissingFrame missing_frame = MissingFrame::skip;
    std::chrono::milliseconds missing_frame_wait{5'000};
    bool verify_content = false;
    std::chrono::milliseconds revoke_timeout{5'000};
};

/// Reads the command line, the environment and the config file. Returns the exit code if the process is to
/// end here.
std::optional<int> parse_source_config(int argc, const char* const* argv, SourceConfig& config);

}  // namespace framebridge::source
