#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/process_config.h"
#include "common/topic_json.h"
#include "common/trace_log.h"
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
    std::optional<int> topic_partitions;  ///< Takes precedence over topic_json's, as the next.
    std::optional<int> topic_replication_factor;
    TopicJson topic_json;
    protocol::FormatChoice format = protocol::FormatChoice::automatic;
    OnShutdown on_shutdown = OnShutdown::ignore;
    std::string shutdown_auth;
    std::string dead_letter_topic;  ///< Empty: messages that cannot be used are dropped and counted.
    std::uint32_t queue_size = 50;
    std::size_t max_in_flight_bytes = std::size_t{64} << 20;
    SampleRate trace_sample;               ///< Of the traces that messages name, those that are logged.
    std::uint32_t max_metric_sources = 0;  ///< Sources with metrics of their own; 0: none.
    std::size_t max_message_bytes = std::size_t{256} << 20;  ///< With the frames that it refers to.

    /// The topic to be created; nullopt if it has to be there.
    [[nodiscard]] std::optional<kafka::TopicSpec> topic_to_create() const;
};

enum class TopicOption { required, optional };

/// The options of a program that only asks Kafka: brokers, topic, librdkafka's properties.
void add_kafka_client_options(options::OptionSet& options, kafka::ClientConfig& kafka, TopicOption topic,
                              kafka::Role role);
/// The groups of options that both adapters have. `role` decides which librdkafka properties are refused.
void add_kafka_options(options::OptionSet& options, AdapterConfig& config, kafka::Role role);
void add_store_login_options(options::OptionSet& options, store::RedisConfig& redis);
void add_message_options(options::OptionSet& options, AdapterConfig& config);

}  // namespace framebridge
