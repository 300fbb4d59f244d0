#pragma once

#include <cstdint>
#include <string>

#include "common/process_config.h"
#include "framebridge/protocol/envelope.h"
#include "kafka/client_config.h"
#include "kafka/topic_admin.h"
#include "options/options.h"
#include "store/redis_frame_store.h"

namespace framebridge {

/// What an adapter does with a savant Shutdown message.
enum class OnShutdown { forward, stop, ignore };

/// What the kafka-redis adapters have in common.
struct AdapterConfig : ProcessConfig {
    kafka::ClientConfig kafka;
    bool create_topic = false;
    kafka::TopicSpec topic;
    protocol::FormatChoice format = protocol::FormatChoice::automatic;
    OnShutdown on_shutdown = OnShutdown::ignore;
    std::string shutdown_auth;
    std::string dead_letter_topic;  ///< Empty: messages that cannot be used are dropped and counted.
    std::uint32_t queue_size = 50;
    std::size_t max_in_flight_bytes = std::size_t{64} << 20;
    std::string metrics_listen;
};

/// The groups of options that both adapters have. `role` decides which librdkafka properties are refused.
void add_kafka_options(options::OptionSet& options, AdapterConfig& config, kafka::Role role);
void add_store_login_options(options::OptionSet& options, store::RedisConfig& redis);
void add_message_options(options::OptionSet& options, AdapterConfig& config);
/// Belongs behind add_runtime_options.
void add_metrics_option(options::OptionSet& options, AdapterConfig& config);

}  // namespace framebridge
