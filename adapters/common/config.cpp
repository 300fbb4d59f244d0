#include "common/config.h"

#include <librdkafka/rdkafka.h>

using namespace std::chrono_literals;

namespace framebridge {

namespace {

constexpr std::uint32_t max_queued = 100'000;

/// The path of a file of librdkafka properties.
struct PropertiesFile {
    static constexpr auto kind = options::Kind::text;
    static std::string type_name() { return "TEXT"; }
    static std::string text(const std::map<std::string, std::string>& /*properties*/) { return {}; }
    static std::vector<std::string> read(const std::vector<std::string>& texts,
                                         std::map<std::string, std::string>& properties) {
        std::vector<std::string> problems;
        properties = kafka::read_properties_file(texts.back(), problems);
        return problems;
    }
};

Result<std::string> parse_brokers(std::string_view text) {
    if (text.find('@') != std::string_view::npos) {
        return problem(
            "a broker is host:port, without a user or a password before an '@': give them by --kafka-config "
            "sasl.username=... and sasl.password=...");
    }
    return std::string(text);
}

void add_brokers_and_topic(options::OptionSet& options, kafka::ClientConfig& kafka, TopicOption topic) {
    options.version_note(std::string("librdkafka ") + rd_kafka_version_str());
    options.group("Kafka");
    options.add({.flag = "--kafka-brokers",
                 .environment = "KAFKA_BROKERS",
                 .help = "Bootstrap brokers, host:port separated by commas",
                 .required = true},
                kafka.brokers, parse_brokers);
    options.add({.flag = "--kafka-topic",
                 .environment = "KAFKA_TOPIC",
                 .help = "Topic of the messages",
                 .required = topic == TopicOption::required},
                kafka.topic);
}

void add_kafka_properties(options::OptionSet& options, kafka::ClientConfig& kafka, kafka::Role role) {
    // Before --kafka-config, which takes precedence.
    options.add({"--kafka-config-file", "FRAMEBRIDGE_KAFKA_CONFIG_FILE",
                 "Properties file with librdkafka properties"},
                kafka.properties, PropertiesFile{});
    options.add({"--kafka-config", "FRAMEBRIDGE_KAFKA_CONFIG",
                 "librdkafka property, key=value, repeatable (security.protocol, sasl.*, ssl.*, "
                 "...); takes precedence over the file's"},
                kafka.properties);
    options.check([&kafka, role] { return kafka::check_properties(kafka, role); });
}

}  // namespace

void add_kafka_client_options(options::OptionSet& options, kafka::ClientConfig& kafka, TopicOption topic,
                              kafka::Role role) {
    add_brokers_and_topic(options, kafka, topic);
    add_kafka_properties(options, kafka, role);
}

std::optional<kafka::TopicSpec> AdapterConfig::topic_to_create() const {
    if (!create_topic) {
        return std::nullopt;
    }
    return kafka::TopicSpec{
        topic_partitions.value_or(topic_json.partitions.value_or(1)),
        topic_replication_factor.value_or(topic_json.replication_factor.value_or(1)),
        topic_json.config,
    };
}

void add_kafka_options(options::OptionSet& options, AdapterConfig& config, kafka::Role role) {
    add_brokers_and_topic(options, config.kafka, TopicOption::required);
    options.add({"--kafka-create-topic", "KAFKA_CREATE_TOPIC", "Create the topic at start if it is missing"},
                config.create_topic);
    options.add({.flag = "--kafka-create-topic-num-partitions",
                 .environment = "KAFKA_CREATE_TOPIC_NUM_PARTITIONS",
                 .help = "Partitions of a created topic",
                 .default_text = "1"},
                config.topic_partitions, options::Number{1, TopicJson::max_partitions});
    options.add({.flag = "--kafka-create-topic-replication-factor",
                 .environment = "KAFKA_CREATE_TOPIC_REPLICATION_FACTOR",
                 .help = "Replicas of each partition of a created topic",
                 .default_text = "1"},
                config.topic_replication_factor, options::Number{1, TopicJson::max_replicas});
    options.add({.flag = "--kafka-create-topic-config",
                 .environment = "KAFKA_CREATE_TOPIC_CONFIG",
                 .help = "Configuration of a created topic, a JSON object",
                 .default_text = "{}"},
                config.topic_json);
    add_kafka_properties(options, config.kafka, role);
}

void add_store_login_options(options::OptionSet& options, store::RedisConfig& redis) {
    options.add({"--redis-username", "REDIS_USERNAME", "ACL user of the store; empty: the default user"},
                redis.username);
    options.add({.flag = "--redis-password",
                 .environment = "REDIS_PASSWORD",
                 .help = "Password of the store; empty: none",
                 .secret = true},
                redis.password);
    options.add({"--redis-unix-socket", "REDIS_UNIX_SOCKET",
                 "Connect to the store by this unix socket; locations still name host, port and db"},
                redis.unix_socket);
    options.add({"--redis-tls", "REDIS_TLS", "Reach the store by TLS"}, redis.tls.enabled);
    options.add({"--redis-tls-ca", "REDIS_TLS_CA",
                 "PEM file of who may have signed the store's certificate; empty: the system's list"},
                redis.tls.ca_file);
    options.add({"--redis-tls-cert", "REDIS_TLS_CERT", "PEM file of this client's certificate; empty: none"},
                redis.tls.cert_file);
    options.add({"--redis-tls-key", "REDIS_TLS_KEY", "PEM file of that certificate's key"},
                redis.tls.key_file);
    options.add({"--redis-tls-server-name", "REDIS_TLS_SERVER_NAME",
                 "Name in the store's certificate; empty: its host"},
                redis.tls.server_name);
    options.add({"--redis-tls-verify", "REDIS_TLS_VERIFY",
                 "Check the store's certificate; without it anybody can pass for the store"},
                redis.tls.verify);
    options.check([&redis] {
        std::vector<std::string> problems;
        if (redis.tls.cert_file.empty() != redis.tls.key_file.empty()) {
            problems.emplace_back(
                "--redis-tls-cert (REDIS_TLS_CERT) and --redis-tls-key (REDIS_TLS_KEY) need each other");
        } else if (redis.tls.enabled) {
            if (const auto context = store::TlsContext::open(redis.tls); !context) {
                problems.push_back("--redis-tls (REDIS_TLS): " + context.error().reason);
            }
        }
        return problems;
    });
    options.add({"--redis-timeout", "FRAMEBRIDGE_REDIS_TIMEOUT",
                 "Seconds without an answer of the store after which it is connected to again"},
                redis.response_timeout, options::Seconds{100ms, 1h});
}

void add_message_options(options::OptionSet& options, AdapterConfig& config) {
    options.group("Messages");
    add_format_option(options, config.format);
    options.add(
        {"--on-shutdown", "FRAMEBRIDGE_ON_SHUTDOWN",
         "What to do with a Shutdown message: pass it on, stop the adapter, or ignore it"},
        config.on_shutdown,
        options::Choice<OnShutdown>{
            {"forward", OnShutdown::forward}, {"stop", OnShutdown::stop}, {"ignore", OnShutdown::ignore}});
    options.add(
        {.flag = "--shutdown-auth",
         .environment = "FRAMEBRIDGE_SHUTDOWN_AUTH",
         .help = "A Shutdown message must carry this to be forwarded or to stop the adapter; empty: any does",
         .secret = true},
        config.shutdown_auth);
    options.add({"--dead-letter-topic", "FRAMEBRIDGE_DEAD_LETTER_TOPIC",
                 "Topic for messages that cannot be used; empty: they are dropped and counted"},
                config.dead_letter_topic);
    options.add({"--queue-size", "QUEUE_SIZE",
                 "Messages in flight at most: received and not yet stored, or consumed and not yet "
                 "sent; 0: only bytes are limited"},
                config.queue_size, options::Number{1, max_queued, max_queued});
    options.add({"--max-in-flight-bytes", "FRAMEBRIDGE_MAX_IN_FLIGHT_BYTES",
                 "Bytes of messages and frames held at most; one message is always let in"},
                config.max_in_flight_bytes, options::Bytes{1});
    options.add({"--max-message-bytes", "FRAMEBRIDGE_MAX_MESSAGE_BYTES",
                 "Bytes of one message at most, with the frames that it has or refers to; a larger one is "
                 "refused, or a dead letter"},
                config.max_message_bytes, options::Bytes{1});
    options.add(
        {"--trace-sample", "FRAMEBRIDGE_TRACE_SAMPLE",
         "Part of the traces, from 0 to 1, of whose messages the log gets the time in each stage, with the "
         "trace's id (from a message's traceparent)"},
        config.trace_sample);
    options.add(
        {"--metrics-sources", "FRAMEBRIDGE_METRICS_SOURCES",
         "Count messages and bytes of each source too, in metrics labelled source_id, for so many sources at "
         "most; later ones are counted together as 'others'; 0: not by source"},
        config.max_metric_sources, options::Number{0, 10'000});
    options.check([&config] {
        std::vector<std::string> problems;
        if (!config.dead_letter_topic.empty() && config.dead_letter_topic == config.kafka.topic) {
            problems.emplace_back(
                "--dead-letter-topic (FRAMEBRIDGE_DEAD_LETTER_TOPIC) is the same as --kafka-topic: "
                "choose another topic");
        }
        return problems;
    });
}

}  // namespace framebridge
