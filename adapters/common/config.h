#pragma once

#include <cstdint>
#include <string>

#include "common/process_config.h"
#include "framebridge/kafka/client_config.h"
#include "framebridge/kafka/topic_admin.h"
#include "framebridge/protocol/envelope.h"
#include "framebridge/runtime/options.h"
#include "framebridge/store/redis_frame_store.h"

namespace framebridge {

/// What an adapter does with a savant Shutdown message.
enum class OnShutdown { forward, stop, ignore };

/// What the kafka-redis adapters have in common.
struct AdapterConfig : ProcessConfig {
    KafkaConfig kafka;
    bool create_topic = false;
    TopicSpec topic;
    FormatChoice format = FormatChoice::automatic;
    OnShutdown on_shutdown = OnShutdown::ignore;
    std::string shutdown_auth;
    std::string dead_letter_topic;  ///< Empty: messages that cannot be used are dropped and counted.
    std::uint32_t queue_size = 50;
    std::size_t max_in_flight_bytes = std::size_t{64} << 20;
    std::string metrics_listen;
};

/// The groups of options that both adapters have. `role` decides which librdkafka properties are refused.
void add_kafka_options(OptionSet& options, AdapterConfig& config, KafkaRole role);
void add_store_login_options(OptionSet& options, RedisConfig& redis);
void add_message_options(OptionSet& options, AdapterConfig& config);
/// Belongs behind add_runtime_options.
void add_metrics_option(OptionSet& options, AdapterConfig& config);

}  // namespace framebridge
