#include "kafka_redis_sink/config.h"

#include <charconv>

namespace framebridge::sink {

namespace {

/// Whole seconds, or `auto` for none.
std::string parse_ttl(const std::string& text, std::optional<std::chrono::milliseconds>& ttl) {
    if (text == "auto") {
        ttl.reset();
        return {};
    }
    std::int64_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, seconds);
    if (error != std::errc{} || parsed != end || seconds < 1 || seconds > 3'153'600'000) {
        return "'" + text + "' is neither a whole number of seconds, at least 1, nor 'auto'";
    }
    ttl = std::chrono::seconds(seconds);
    return {};
}

void add_store_options(options::OptionSet& options, SinkConfig& config, store::RedisConfig& redis) {
    options.group("Frame store (Redis, KeyDB, Valkey)");
    options.add({.flag = "--redis-host",
                 .environment = "REDIS_HOST",
                 .help = "Host of the store; empty: no store, frames travel inside the Kafka messages"},
                redis.address.host);
    options.add({.flag = "--redis-port", .environment = "REDIS_PORT", .help = "Port of the store"},
                redis.address.port);
    options.add({.flag = "--redis-db", .environment = "REDIS_DB", .help = "Database number in the store"},
                redis.address.db);
    options.add({.flag = "--redis-key-prefix",
                 .environment = "REDIS_KEY_PREFIX",
                 .help = "Keys are PREFIX:UUID, or PREFIX:HASH with --deduplicate"},
                config.content.key_prefix);
    options.add_custom(
        {.flag = "--redis-ttl-seconds",
         .environment = "REDIS_TTL_SECONDS",
         .help = "Seconds the store keeps a frame; auto: as long as the topic can keep its record"},
        "60", [&config](const std::string& text) { return parse_ttl(text, config.ttl); });
    options.add_choice(
        {.flag = "--ttl-policy",
         .environment = "FRAMEBRIDGE_TTL_POLICY",
         .help =
             "If the topic keeps records longer than the store keeps frames: warn, refuse to start, or off"},
        config.ttl_policy,
        {{"warn", TtlPolicy::warn}, {"refuse", TtlPolicy::refuse}, {"off", TtlPolicy::off}});
    options.add({.flag = "--deduplicate",
                 .environment = "DEDUPLICATE",
                 .help = "Store the same bytes once: the key is the content's hash"},
                config.content.deduplicate);
    options.add_choice(
        {.flag = "--hash",
         .environment = "FRAMEBRIDGE_HASH",
         .help = "Hash for --deduplicate; xxh3-128 is faster, for senders that are all trusted"},
        config.content.hash,
        {{"sha256", store::HashAlgorithm::sha256}, {"xxh3-128", store::HashAlgorithm::xxh3_128}});
    add_store_login_options(options, redis);
}

}  // namespace

std::optional<int> parse_sink_config(int argc, const char* const* argv, SinkConfig& config) {
    options::OptionSet options("kafka-redis-sink",
                               "Carries messages from a ZeroMQ socket to a Kafka topic, frames to a store.");
    store::RedisConfig redis;
    std::chrono::milliseconds flush_interval{1000};
    std::chrono::milliseconds flush_timeout{10'000};

    add_zmq_options(options, config);
    add_receiver_options(options, config.receiver, "FRAMEBRIDGE_SOURCE_ID", "FRAMEBRIDGE_TOPIC_PREFIX");
    add_kafka_options(options, config, kafka::Role::producer);
    options.add_milliseconds({.flag = "--kafka-linger-ms",
                              .environment = "FRAMEBRIDGE_KAFKA_LINGER_MS",
                              .help = "Milliseconds a message may wait for others to be sent with"},
                             config.producer.linger, options::Range{0, 900'000});
    options.add({.flag = "--kafka-in-flight",
                 .environment = "FRAMEBRIDGE_KAFKA_IN_FLIGHT",
                 .help = "Messages in work at most, until Kafka confirmed them"},
                config.kafka_in_flight, options::Range{1, 1'000'000});
    options.add_seconds({.flag = "--kafka-flush-interval",
                         .environment = "KAFKA_FLUSH_INTERVAL",
                         .help = "Accepted for Savant's sake, without effect: messages are sent at once"},
                        flush_interval, options::Range{0});
    options.add_seconds({.flag = "--kafka-flush-timeout",
                         .environment = "KAFKA_FLUSH_TIMEOUT",
                         .help = "Accepted for Savant's sake, without effect: see --shutdown-timeout"},
                        flush_timeout, options::Range{0});
    add_store_options(options, config, redis);
    add_message_options(options, config);
    add_runtime_options(options, config);
    add_metrics_option(options, config);
    options.check([&config] {
        std::vector<std::string> problems;
        const auto endpoint = zmq::Endpoint::parse_reader(config.zmq_endpoint);
        if (const auto* error = std::get_if<std::string>(&endpoint)) {
            if (!config.zmq_endpoint.empty()) {
                problems.push_back("--zmq-endpoint (ZMQ_ENDPOINT): " + *error);
            }
        } else {
            config.receiver.endpoint = std::get<zmq::Endpoint>(endpoint);
        }
        return problems;
    });

    if (const auto exit_code = options.parse(argc, argv)) {
        return exit_code;
    }

    config.receiver.ipc_permissions = config.ipc_permissions;
    config.receiver.ends_stream = [format = config.format](std::string_view body) {
        return protocol::is_end_of_stream(format, body);
    };
    config.kafka.client_id = "kafka-redis-sink";
    config.producer.kafka = config.kafka;
    if (!redis.address.host.empty()) {
        config.content.location_prefix = redis.address.to_string();
        config.redis = std::move(redis);
    }
    return std::nullopt;
}

}  // namespace framebridge::sink
