#include "kafka_redis_source/config.h"

#include <sstream>

namespace framebridge::source {

namespace {

std::string read_address(std::string_view option, std::string_view text, protocol::StoreAddress& address) {
    auto parsed = protocol::StoreAddress::parse(text);
    if (const auto* error = std::get_if<std::string>(&parsed)) {
        return std::string(option) + ": " + *error;
    }
    address = std::get<protocol::StoreAddress>(std::move(parsed));
    return {};
}

std::vector<std::string> read_stores(const std::vector<std::string>& allowed,
                                     const std::map<std::string, std::string>& aliases, StorePolicy& policy) {
    std::vector<std::string> problems;
    const auto note = [&problems](std::string problem) {
        if (!problem.empty()) {
            problems.push_back(std::move(problem));
        }
    };
    for (const auto& text : allowed) {
        protocol::StoreAddress address;
        note(read_address("--store-allow (FRAMEBRIDGE_STORE_ALLOW)", text, address));
        policy.allowed.insert(address);
    }
    for (const auto& [from_text, to_text] : aliases) {
        protocol::StoreAddress from;
        protocol::StoreAddress to;
        note(read_address("--store-alias (FRAMEBRIDGE_STORE_ALIAS), before '='", from_text, from));
        note(read_address("--store-alias (FRAMEBRIDGE_STORE_ALIAS), behind '='", to_text, to));
        policy.aliases.emplace(from, to);
    }
    return problems;
}

std::string read_strategies(const std::string& text, std::string& strategies) {
    std::string names;
    std::stringstream list(text);
    for (std::string name; std::getline(list, name, ',');) {
        std::erase(name, ' ');
        if (name != "range" && name != "roundrobin" && name != "cooperative-sticky") {
            return "'" + text + "' is not range, roundrobin, both (by comma) or cooperative-sticky";
        }
        names += (names.empty() ? "" : ",") + name;
    }
    if (names != "cooperative-sticky" && names.find("cooperative-sticky") != std::string::npos) {
        return "cooperative-sticky cannot be combined with others";
    }
    strategies = names;
    return {};
}

void add_consumer_options(options::OptionSet& options, SourceConfig& config) {
    options.add({.flag = "--kafka-group-id",
                 .environment = "KAFKA_GROUP_ID",
                 .help = "Consumer group; its members share the topic's partitions",
                 .required = true},
                config.consumer.group_id);
    options.add(
        {.flag = "--group-instance-id",
         .environment = "FRAMEBRIDGE_GROUP_INSTANCE_ID",
         .help = "Static membership: a restarted source with the same id gets its partitions back at once"},
        config.consumer.group_instance_id);
    options.add_choice({.flag = "--kafka-auto-offset-reset",
                        .environment = "KAFKA_AUTO_OFFSET_RESET",
                        .help = "Where a group without a committed offset begins"},
                       config.consumer.auto_offset_reset,
                       {{"latest", "latest"},
                        {"earliest", "earliest"},
                        {"error", "error"},
                        {"largest", "latest"},
                        {"end", "latest"},
                        {"smallest", "earliest"},
                        {"beginning", "earliest"}});
    options.add_custom(
        {.flag = "--kafka-partition-assignment-strategy",
         .environment = "KAFKA_PARTITION_ASSIGNMENT_STRATEGY",
         .help = "range, roundrobin (or both, by comma) or cooperative-sticky; the same for all "
                 "members"},
        config.consumer.partition_assignment_strategy, [&config](const std::string& text) {
            return read_strategies(text, config.consumer.partition_assignment_strategy);
        });
    options.add_milliseconds(
        {.flag = "--kafka-auto-commit-interval-ms",
         .environment = "KAFKA_AUTO_COMMIT_INTERVAL_MS",
         .help = "Milliseconds between commits of what was sent; 0: only when partitions "
                 "are given up"},
        config.consumer.auto_commit_interval, options::Range{0, 86'400'000});
    options.add_milliseconds({.flag = "--kafka-max-poll-interval-ms",
                              .environment = "KAFKA_MAX_POLL_INTERVAL_MS",
                              .help = "Milliseconds without polling after which the group gives up a member"},
                             config.consumer.max_poll_interval, options::Range{10'000, 86'400'000});
    options.add_milliseconds(
        {.flag = "--kafka-session-timeout-ms",
         .environment = "FRAMEBRIDGE_KAFKA_SESSION_TIMEOUT_MS",
         .help = "Milliseconds after which the group gives up a member that was killed; brokers accept "
                 "6000 or more by default"},
        config.consumer.session_timeout, options::Range{1'000, 3'600'000});
    options.add_bytes({.flag = "--kafka-prefetch-bytes",
                       .environment = "FRAMEBRIDGE_KAFKA_PREFETCH_BYTES",
                       .help = "Bytes of records fetched ahead at most"},
                      config.consumer.prefetch_bytes, options::Range{1024, std::int64_t{2'097'151} * 1024});
}

void add_store_options(options::OptionSet& options, SourceConfig& config, std::vector<std::string>& allowed,
                       std::map<std::string, std::string>& aliases) {
    options.group("Frame stores (Redis, KeyDB, Valkey)");
    options.add(
        {.flag = "--store-allow",
         .environment = "FRAMEBRIDGE_STORE_ALLOW",
         .help = "host:port:db of a store that messages may refer to, repeatable; with none given, any"},
        allowed);
    options.add(
        {.flag = "--store-alias",
         .environment = "FRAMEBRIDGE_STORE_ALIAS",
         .help =
             "from=to, both host:port:db: where a store that messages name is reached from here; repeatable"},
        aliases);
    options.add_seconds(
        {.flag = "--store-unreachable-limit",
         .environment = "FRAMEBRIDGE_STORE_UNREACHABLE_LIMIT",
         .help = "Seconds to try a store that is neither allowed nor aliased and was never reached; "
                 "others are waited for"},
        config.stores.unreachable_limit, options::Range{0, 86'400'000});
    add_store_login_options(options, config.redis);
    options.add_choice(
        {.flag = "--missing-frame",
         .environment = "FRAMEBRIDGE_MISSING_FRAME",
         .help = "If a frame is not in the store: wait (then skip), skip, metadata (send without content), "
                 "resync (skip to the next keyframe) or fail (stop)"},
        config.missing_frame,
        {{"wait", MissingFrame::wait},
         {"skip", MissingFrame::skip},
         {"metadata", MissingFrame::metadata},
         {"resync", MissingFrame::resync},
         {"fail", MissingFrame::fail}});
    options.add_seconds({.flag = "--missing-frame-wait",
                         .environment = "FRAMEBRIDGE_MISSING_FRAME_WAIT",
                         .help = "Seconds to ask again for a missing frame with --missing-frame wait"},
                        config.missing_frame_wait, options::Range{0, 3'600'000});
    options.add(
        {.flag = "--verify-content",
         .environment = "FRAMEBRIDGE_VERIFY_CONTENT",
         .help =
             "Compare fetched bytes with the hash they were stored under; a difference counts as missing"},
        config.verify_content);
}

}  // namespace

std::optional<int> parse_source_config(int argc, const char* const* argv, SourceConfig& config) {
    options::OptionSet options(
        "kafka-redis-source",
        "Carries messages from a Kafka topic, frames from a store, to a ZeroMQ socket.");
    std::vector<std::string> allowed;
    std::map<std::string, std::string> aliases;
    std::chrono::milliseconds poll_timeout{1000};

    add_zmq_options(options, config);
    options.add({.flag = "--zmq-send-hwm",
                 .environment = "FRAMEBRIDGE_ZMQ_SEND_HWM",
                 .help = "High water mark of the ZeroMQ socket, in messages per peer"},
                config.sender.send_high_water_mark, options::Range{1, 1'000'000});
    options.add_seconds(
        {.flag = "--zmq-ack-timeout",
         .environment = "FRAMEBRIDGE_ZMQ_ACK_TIMEOUT",
         .help = "Seconds after which a message that a REQ socket's peer did not acknowledge is sent again"},
        config.sender.ack_timeout, options::Range{10, 3'600'000});
    add_kafka_options(options, config, kafka::Role::consumer);
    add_consumer_options(options, config);
    options.add_seconds(
        {.flag = "--kafka-poll-timeout",
         .environment = "KAFKA_POLL_TIMEOUT",
         .help = "Accepted for Savant's sake, without effect: records are taken when they come"},
        poll_timeout, options::Range{0});
    options.add_seconds(
        {.flag = "--revoke-timeout",
         .environment = "FRAMEBRIDGE_REVOKE_TIMEOUT",
         .help = "Seconds that giving up a partition may take to send what was consumed of it"},
        config.revoke_timeout, options::Range{0, 300'000});
    add_store_options(options, config, allowed, aliases);
    add_message_options(options, config);
    add_runtime_options(options, config);
    add_metrics_option(options, config);
    options.check([&] {
        auto problems = read_stores(allowed, aliases, config.stores);
        const auto endpoint = zmq::Endpoint::parse_writer(config.zmq_endpoint);
        if (const auto* error = std::get_if<std::string>(&endpoint)) {
            if (!config.zmq_endpoint.empty()) {
                problems.push_back("--zmq-endpoint (ZMQ_ENDPOINT): " + *error);
            }
        } else {
            config.sender.endpoint = std::get<zmq::Endpoint>(endpoint);
        }
        if (config.consumer.max_poll_interval < config.consumer.session_timeout) {
            problems.emplace_back(
                "--kafka-max-poll-interval-ms (KAFKA_MAX_POLL_INTERVAL_MS) is less than "
                "--kafka-session-timeout-ms: raise it, or lower the latter");
        }
        return problems;
    });

    if (const auto exit_code = options.parse(argc, argv)) {
        return exit_code;
    }

    config.sender.ipc_permissions = config.ipc_permissions;
    config.kafka.client_id = "kafka-redis-source";
    config.consumer.kafka = config.kafka;
    config.producer.kafka = config.kafka;
    return std::nullopt;
}

}  // namespace framebridge::source
