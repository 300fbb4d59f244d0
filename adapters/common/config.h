#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framebridge/kafka/client_config.h"
#include "framebridge/kafka/topic_admin.h"
#include "framebridge/protocol/envelope.h"
#include "framebridge/runtime/fps_meter.h"
#include "framebridge/runtime/options.h"
#include "framebridge/store/redis_frame_store.h"

namespace framebridge {

/// What an adapter does with a savant Shutdown message.
enum class OnShutdown { forward, stop, ignore };

enum class FpsOutput { standard_output, logger };

struct FpsConfig {
    FpsOutput output = FpsOutput::standard_output;
    std::optional<std::uint64_t> period_frames;
    std::chrono::milliseconds period{0};  ///< 0: none.

    [[nodiscard]] FpsMeter make_meter() const;
};

/// What the kafka-redis adapters have in common.
struct AdapterConfig {
    std::string zmq_endpoint;
    std::optional<unsigned> ipc_permissions = 0777;
    KafkaConfig kafka;
    bool create_topic = false;
    TopicSpec topic;
    FormatChoice format = FormatChoice::automatic;
    OnShutdown on_shutdown = OnShutdown::ignore;
    std::string shutdown_auth;
    std::string dead_letter_topic;  ///< Empty: messages that cannot be used are dropped and counted.
    std::uint32_t queue_size = 50;
    std::size_t max_in_flight_bytes = std::size_t{64} << 20;
    std::chrono::milliseconds shutdown_timeout{10'000};
    std::string metrics_listen;
    FpsConfig fps;
    std::string log_level = "info";
};

/// The groups of options that both adapters have. `role` decides which librdkafka properties are refused.
void add_zmq_options(OptionSet& options, AdapterConfig& config);
void add_kafka_options(OptionSet& options, AdapterConfig& config, KafkaRole role);
void add_store_login_options(OptionSet& options, RedisConfig& redis);
void add_message_options(OptionSet& options, AdapterConfig& config);
void add_runtime_options(OptionSet& options, AdapterConfig& config);

/// `0777`-like octal text, or `none`, into a mode; what is wrong with it, or empty.
std::string parse_permissions(const std::string& text, std::optional<unsigned>& permissions);

}  // namespace framebridge
