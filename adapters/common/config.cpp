#include "common/config.h"

#include <nlohmann/json.hpp>

namespace framebridge {

namespace {

constexpr std::uint32_t most_queued = 100'000;
constexpr int most_partitions = 100'000;
constexpr int most_replicas = 32'767;

/// What a topic's JSON says; of the numbers, only those that it has.
struct TopicJson {
    std::map<std::string, std::string> config;
    std::optional<int> partitions;
    std::optional<int> replication_factor;
};

/// `{"retention.ms": 300000, "cleanup.policy": "delete"}` into text values, as Kafka takes them.
std::string read_topic_values(const nlohmann::json& json, std::map<std::string, std::string>& config) {
    for (const auto& [key, value] : json.items()) {
        if (value.is_structured() || value.is_null()) {
            return "the value of '" + key + "' is neither text, number nor boolean";
        }
        config[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    return {};
}

std::string read_topic_number(const nlohmann::json& json, const char* key, int most,
                              std::optional<int>& number) {
    const auto found = json.find(key);
    if (found == json.end()) {
        return {};
    }
    if (!found->is_number_integer() || *found < 1 || *found > most) {
        return std::string("the value of '") + key + "' is not a whole number from 1 to " +
               std::to_string(most);
    }
    number = found->get<int>();
    return {};
}

/// The values alone, or as in the samples of Savant:
/// `{"num_partitions": 4, "replication_factor": 1, "config": {"retention.ms": 300000}}`.
std::string parse_topic_config(const std::string& text, TopicJson& topic) {
    auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return "'" + text + "' is not a JSON object such as {\"retention.ms\": 300000}";
    }
    TopicJson parsed;
    const auto config = json.find("config");
    const bool whole_topic = config != json.end() && config->is_object();
    std::string problem;
    if (whole_topic) {
        problem = read_topic_number(json, "num_partitions", most_partitions, parsed.partitions);
        if (problem.empty()) {
            problem = read_topic_number(json, "replication_factor", most_replicas, parsed.replication_factor);
        }
        for (const auto& [key, value] : json.items()) {
            if (problem.empty() && key != "num_partitions" && key != "replication_factor" &&
                key != "config") {
                problem =
                    "beside 'config' there can be num_partitions and replication_factor, not '" + key + "'";
            }
        }
    }
    if (problem.empty()) {
        problem = read_topic_values(whole_topic ? *config : json, parsed.config);
    }
    if (problem.empty()) {
        topic = std::move(parsed);
    }
    return problem;
}

constexpr auto partitions_flag = "--kafka-create-topic-num-partitions";
constexpr auto replication_factor_flag = "--kafka-create-topic-replication-factor";

}  // namespace

void add_kafka_options(options::OptionSet& options, AdapterConfig& config, kafka::Role role) {
    options.group("Kafka");
    options.add({.flag = "--kafka-brokers",
                 .environment = "KAFKA_BROKERS",
                 .help = "Bootstrap brokers, host:port separated by commas",
                 .required = true},
                config.kafka.brokers);
    options.add({.flag = "--kafka-topic",
                 .environment = "KAFKA_TOPIC",
                 .help = "Topic of the messages",
                 .required = true},
                config.kafka.topic);
    options.add({.flag = "--kafka-create-topic",
                 .environment = "KAFKA_CREATE_TOPIC",
                 .help = "Create the topic at start if it is missing"},
                config.create_topic);
    options.add({.flag = partitions_flag,
                 .environment = "KAFKA_CREATE_TOPIC_NUM_PARTITIONS",
                 .help = "Partitions of a created topic"},
                config.topic.partitions, options::Range{1, most_partitions});
    options.add({.flag = replication_factor_flag,
                 .environment = "KAFKA_CREATE_TOPIC_REPLICATION_FACTOR",
                 .help = "Replicas of each partition of a created topic"},
                config.topic.replication_factor, options::Range{1, most_replicas});
    auto topic = std::make_shared<TopicJson>();
    options.add_custom({.flag = "--kafka-create-topic-config",
                        .environment = "KAFKA_CREATE_TOPIC_CONFIG",
                        .help = "Configuration of a created topic, a JSON object"},
                       "{}", [topic](const std::string& text) { return parse_topic_config(text, *topic); });
    options.check([&config, &options, topic] {
        config.topic.config = topic->config;
        if (topic->partitions && !options.given(partitions_flag)) {
            config.topic.partitions = *topic->partitions;
        }
        if (topic->replication_factor && !options.given(replication_factor_flag)) {
            config.topic.replication_factor = *topic->replication_factor;
        }
        return std::vector<std::string>{};
    });
    options.add({.flag = "--kafka-config",
                 .environment = "FRAMEBRIDGE_KAFKA_CONFIG",
                 .help = "librdkafka property, key=value, repeatable (security.protocol, sasl.*, ssl.*, "
                         "...); goes before the file"},
                config.kafka.properties);
    auto file_errors = std::make_shared<std::vector<std::string>>();
    auto file_properties = std::make_shared<std::map<std::string, std::string>>();
    options.add_custom({.flag = "--kafka-config-file",
                        .environment = "FRAMEBRIDGE_KAFKA_CONFIG_FILE",
                        .help = "Properties file with librdkafka properties"},
                       "", [file_errors, file_properties](const std::string& path) {
                           if (!path.empty()) {
                               *file_properties = kafka::read_properties_file(path, *file_errors);
                           }
                           return std::string{};
                       });
    options.check([&config, file_errors, file_properties, role] {
        auto problems = *file_errors;
        config.kafka.properties.merge(*file_properties);
        for (auto& problem : kafka::check_properties(config.kafka, role)) {
            problems.push_back(std::move(problem));
        }
        return problems;
    });
}

void add_store_login_options(options::OptionSet& options, store::RedisConfig& redis) {
    options.add({.flag = "--redis-username",
                 .environment = "REDIS_USERNAME",
                 .help = "ACL user of the store; empty: the default user"},
                redis.username);
    options.add({.flag = "--redis-password",
                 .environment = "REDIS_PASSWORD",
                 .help = "Password of the store; empty: none",
                 .secret = true},
                redis.password);
    options.add({.flag = "--redis-unix-socket",
                 .environment = "REDIS_UNIX_SOCKET",
                 .help = "Connect to the store by this unix socket; locations still name host, port and db"},
                redis.unix_socket);
    options.add_seconds(
        {.flag = "--redis-timeout",
         .environment = "FRAMEBRIDGE_REDIS_TIMEOUT",
         .help = "Seconds without an answer of the store after which the connection is made anew"},
        redis.response_timeout, options::Range{100, 3'600'000});
}

void add_message_options(options::OptionSet& options, AdapterConfig& config) {
    options.group("Messages");
    add_format_option(options, config.format);
    options.add_choice(
        {.flag = "--on-shutdown",
         .environment = "FRAMEBRIDGE_ON_SHUTDOWN",
         .help = "What to do with a Shutdown message: pass it on, stop the adapter, or ignore it"},
        config.on_shutdown,
        {{"forward", OnShutdown::forward}, {"stop", OnShutdown::stop}, {"ignore", OnShutdown::ignore}});
    options.add(
        {.flag = "--shutdown-auth",
         .environment = "FRAMEBRIDGE_SHUTDOWN_AUTH",
         .help = "A Shutdown message must carry this to be forwarded or to stop the adapter; empty: any does",
         .secret = true},
        config.shutdown_auth);
    options.add({.flag = "--dead-letter-topic",
                 .environment = "FRAMEBRIDGE_DEAD_LETTER_TOPIC",
                 .help = "Topic for messages that cannot be used; empty: they are dropped and counted"},
                config.dead_letter_topic);
    options.add({.flag = "--queue-size",
                 .environment = "QUEUE_SIZE",
                 .help = "Messages in work at most: received and not yet stored, or consumed and not yet "
                         "sent; 0: only bytes are limited"},
                config.queue_size, options::Range{0, most_queued});
    options.add_bytes({.flag = "--max-in-flight-bytes",
                       .environment = "FRAMEBRIDGE_MAX_IN_FLIGHT_BYTES",
                       .help = "Bytes of messages and frames held at most; one message is always let in"},
                      config.max_in_flight_bytes, options::Range{1});
    options.check([&config] {
        std::vector<std::string> problems;
        if (config.queue_size == 0) {
            config.queue_size = most_queued;
        }
        if (!config.dead_letter_topic.empty() && config.dead_letter_topic == config.kafka.topic) {
            problems.emplace_back(
                "--dead-letter-topic (FRAMEBRIDGE_DEAD_LETTER_TOPIC) is the same as --kafka-topic: "
                "choose another topic");
        }
        return problems;
    });
}

void add_metrics_option(options::OptionSet& options, AdapterConfig& config) {
    options.add({.flag = "--metrics-listen",
                 .environment = "FRAMEBRIDGE_METRICS_LISTEN",
                 .help = "host:port for /metrics (Prometheus) and /health; empty: off"},
                config.metrics_listen);
}

}  // namespace framebridge
