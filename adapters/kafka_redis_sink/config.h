#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/config.h"
#include "kafka_redis_sink/compacted_topic.h"
#include "store/content_hash.h"
#include "store/redis_frame_store.h"
#include "zmq/receiver.h"

namespace framebridge::sink {

/// What to do when a reference could outlive its frame (the topic keeps records longer than the store keeps
/// frames).
enum class TtlPolicy { warn, refuse, off };

/// How long the store keeps a frame; nullopt: as long as the topic can keep its record.
struct Ttl : std::optional<std::chrono::milliseconds> {
    using std::optional<std::chrono::milliseconds>::optional;

    /// Whole seconds, or `auto`.
    static Result<Ttl> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// Which references that came from outside may pass.
enum class References {
    own,  ///< Those to the sink's own store and key prefix, if the frame is there.
    any,
    refuse,
};

/// How frames get into the store.
struct StoreContentConfig {
    std::string location_prefix;  ///< `host:port:db`, as references name the store.
    References references = References::own;
    /// Whether a reference names the store as location_prefix does.
    [[nodiscard]] bool is_location(std::string_view store) const;
    std::string key_prefix = "savant:frames";
    bool deduplicate = false;
    store::HashAlgorithm hash = store::HashAlgorithm::sha256;
};

struct SinkConfig : AdapterConfig {
    zmq::ReceiverConfig receiver;
    std::optional<store::RedisConfig> redis;  ///< None: frames travel inside the Kafka message.
    bool redis_durable = false;               ///< Ask the store whether it keeps what it confirms.
    StoreContentConfig content;
    Ttl ttl = std::chrono::seconds(60);
    TtlPolicy ttl_policy = TtlPolicy::warn;
    std::chrono::milliseconds kafka_linger{1};
    CompactedTopicPolicy compacted_topic = CompactedTopicPolicy::refuse;
    std::uint32_t kafka_in_flight = 1000;  ///< Messages produced and not yet confirmed at most.
};

/// Reads the command line, the environment and the config file. Returns the exit code if the process is to
/// end here.
std::optional<int> parse_sink_config(int argc, const char* const* argv, SinkConfig& config);

}  // namespace framebridge::sink
