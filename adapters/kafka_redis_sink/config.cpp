#include "kafka_redis_sink/config.h"

#include "store/redis_url.h"

using namespace std::chrono_literals;

namespace framebridge::sink {

namespace {

constexpr auto max_ttl = std::chrono::seconds(3'153'600'000);  // a hundred years

/// A host as locations may name it; an IPv6 address also in brackets.
Result<std::string> parse_host(std::string_view text) {
    const bool bare_ipv6 = text.find(':') != std::string_view::npos && !text.starts_with('[');
    const auto host = bare_ipv6 ? "[" + std::string(text) + "]" : std::string(text);
    const auto address = protocol::StoreAddress::parse(host + ":6379:0");
    if (!text.empty() && !address) {
        return problem(
            "is not a host's name or IP address; the port, the user and the password have options of their "
            "own");
    }
    return text.empty() ? std::string() : address->host;
}

/// The store as the options name it.
struct StoreOptions {
    store::RedisConfig redis;
    store::RedisUrl url;
    store::SentinelConfig sentinel;
    std::optional<protocol::StoreAddress> advertised;
};

std::vector<std::string> check_place(const StoreOptions& store) {
    std::vector<std::string> problems;
    const bool by_url = !store.url.address.host.empty();
    const bool by_host = !store.redis.address.host.empty();
    const bool by_sentinel = !store.sentinel.addresses.empty();
    if (by_url && by_host) {
        problems.emplace_back(
            "--redis-url (REDIS_URL) and --redis-host (REDIS_HOST) name a store each: leave out one");
    }
    if (by_sentinel && (by_url || by_host || !store.redis.unix_socket.empty())) {
        problems.emplace_back(
            "--redis-sentinel (REDIS_SENTINEL) finds the store: leave out --redis-host, --redis-url and "
            "--redis-unix-socket");
    }
    if (by_sentinel != !store.sentinel.master.empty()) {
        problems.emplace_back(
            "--redis-sentinel (REDIS_SENTINEL) and --redis-master-name (REDIS_MASTER_NAME) need each other");
    }
    return problems;
}

void add_sentinel_options(options::OptionSet& options, StoreOptions& store) {
    options.add({"--redis-sentinel", "REDIS_SENTINEL",
                 "host:port,... of Sentinels, instead of --redis-host: at each connect they are asked for "
                 "the master"},
                store.sentinel.addresses);
    options.add({"--redis-master-name", "REDIS_MASTER_NAME", "Name of the master that the Sentinels watch"},
                store.sentinel.master, parse_host);
    options.add(
        {"--redis-advertise", "FRAMEBRIDGE_REDIS_ADVERTISE",
         "host:port:db under which references name the store, whatever it is reached by; empty: its host and "
         "port, by Sentinel the master's name and 6379"},
        store.advertised);
}

void add_store_options(options::OptionSet& options, SinkConfig& config, StoreOptions& store) {
    auto& redis = store.redis;
    auto& url = store.url;
    options.group("Frame store (Redis, KeyDB, Valkey)");
    options.add({"--redis-host", "REDIS_HOST",
                 "Host of the store; empty: no store, frames travel inside the Kafka messages"},
                redis.address.host, parse_host);
    options.add({"--redis-port", "REDIS_PORT", "Port of the store"}, redis.address.port);
    options.add({"--redis-db", "REDIS_DB", "Database number in the store"}, redis.address.db);
    options.add({.flag = "--redis-url",
                 .environment = "REDIS_URL",
                 .help = "The store in one: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS; "
                         "instead of --redis-host and what belongs to it",
                 .secret = true},
                url, store::RedisUrl::parse);
    add_sentinel_options(options, store);
    options.check([&store] { return check_place(store); });
    options.add({"--redis-durable", "FRAMEBRIDGE_REDIS_DURABLE",
                 "Ask the store at start whether its crash or failover can lose what it confirmed, and warn"},
                config.redis_durable);
    options.add({"--redis-key-prefix", "REDIS_KEY_PREFIX",
                 "Keys are PREFIX:UUID (savant), PREFIX:UUID:XXH3 (native), or "
                 "PREFIX:sha256:HASH or PREFIX:xxh3:HASH with --deduplicate"},
                config.content.key_prefix);
    options.add({"--redis-ttl-seconds", "REDIS_TTL_SECONDS",
                 "Seconds the store keeps a frame; auto: as long as the topic can keep its record"},
                config.ttl);
    options.add(
        {"--ttl-policy", "FRAMEBRIDGE_TTL_POLICY",
         "If the topic keeps records longer than the store keeps frames: warn, refuse to start, or off"},
        config.ttl_policy,
        options::Choice<TtlPolicy>{
            {"warn", TtlPolicy::warn}, {"refuse", TtlPolicy::refuse}, {"off", TtlPolicy::off}});
    options.add({"--deduplicate", "DEDUPLICATE", "Store the same bytes once: the key is the content's hash"},
                config.content.deduplicate);
    options.add({"--hash", "FRAMEBRIDGE_HASH",
                 "Hash for --deduplicate; xxh3-128 is faster, for senders that are all trusted"},
                config.content.hash,
                options::Choice<store::HashAlgorithm>{{"sha256", store::HashAlgorithm::sha256},
                                                      {"xxh3-128", store::HashAlgorithm::xxh3_128}});
    options.add(
        {"--references", "FRAMEBRIDGE_REFERENCES",
         "Which references to stored frames may come from outside: own (to this store and key prefix, if "
         "the frame is there), any (unchecked, as Savant's sink) or refuse"},
        config.content.references,
        options::Choice<References>{
            {"own", References::own}, {"any", References::any}, {"refuse", References::refuse}});
    add_store_login_options(options, redis);
}

}  // namespace

Result<Ttl> Ttl::parse(std::string_view text) {
    if (text == "auto") {
        return Ttl{};
    }
    const auto seconds = options::Number{1, max_ttl.count()}.parse(text);
    if (!seconds) {
        return problem("'" + std::string(text) +
                       "' is neither a whole number of seconds, at least 1, nor 'auto'");
    }
    return Ttl{std::chrono::seconds(*seconds)};
}

std::string Ttl::to_string() const {
    return has_value() ? options::Seconds::text(**this) : "auto";
}

bool StoreContentConfig::is_location(std::string_view store) const {
    if (store == location_prefix) {
        return true;
    }
    const auto address = protocol::StoreAddress::parse(store);
    return address && address->to_string() == location_prefix;
}

std::optional<int> parse_sink_config(int argc, const char* const* argv, SinkConfig& config) {
    options::OptionSet options("kafka-redis-sink",
                               "Carries messages from a ZeroMQ socket to a Kafka topic, frames to a store.");
    StoreOptions store;
    std::chrono::milliseconds flush_interval{1000};
    std::chrono::milliseconds flush_timeout{10'000};

    config.kafka.client_id = "kafka-redis-sink";
    add_receiver_options(options, config.receiver,
                         {.source_id = "FRAMEBRIDGE_SOURCE_ID", .topic_prefix = "FRAMEBRIDGE_TOPIC_PREFIX"});
    add_kafka_options(options, config, kafka::Role::producer);
    options.add({"--kafka-linger-ms", "FRAMEBRIDGE_KAFKA_LINGER_MS",
                 "Milliseconds a message may wait for others to be sent with"},
                config.kafka_linger, options::Milliseconds{0ms, 15min});
    options.add(
        {"--compacted-topic", "FRAMEBRIDGE_COMPACTED_TOPIC",
         "If the topic is compacted, so that Kafka keeps only a source's last frame: refuse (do not start, "
         "or stop receiving), warn, or off; compact,delete is a warning"},
        config.compacted_topic,
        options::Choice<CompactedTopicPolicy>{{"refuse", CompactedTopicPolicy::refuse},
                                              {"warn", CompactedTopicPolicy::warn},
                                              {"off", CompactedTopicPolicy::off}});
    options.add({"--kafka-in-flight", "FRAMEBRIDGE_KAFKA_IN_FLIGHT",
                 "Messages in flight at most, until Kafka confirmed them"},
                config.kafka_in_flight, options::Number{1, 1'000'000});
    options.add({"--kafka-flush-interval", "KAFKA_FLUSH_INTERVAL",
                 "Accepted for Savant's sake, without effect: messages are sent at once"},
                flush_interval, options::Seconds{});
    options.add({"--kafka-flush-timeout", "KAFKA_FLUSH_TIMEOUT",
                 "Accepted for Savant's sake, without effect: see --shutdown-timeout"},
                flush_timeout, options::Seconds{});
    add_store_options(options, config, store);
    add_message_options(options, config);
    add_runtime_options(options, config);
    if (const auto exit_code = parse_options(options, argc, argv)) {
        return exit_code;
    }

    auto& [redis, url, sentinel, advertised] = store;
    if (!sentinel.addresses.empty()) {
        redis.address.host = sentinel.master;
        redis.address.port = 6379;
        redis.sentinel = sentinel;
    }
    if (!url.address.host.empty()) {
        redis.address = url.address;
        redis.username = url.username;
        redis.password = url.password;
        redis.tls.enabled |= url.tls;
    }
    if (!redis.address.host.empty()) {
        config.content.location_prefix = advertised.value_or(redis.address).to_string();
        config.redis = std::move(redis);
    }
    return std::nullopt;
}

}  // namespace framebridge::sink
