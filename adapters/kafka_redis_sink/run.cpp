#include "kafka_redis_sink/run.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

#include "common/exit_code.h"
#include "common/start.h"
#include "kafka/topic_admin.h"
#include "kafka_redis_sink/sink.h"
#include "kafka_redis_sink/ttl_watch.h"
#include "runtime/failure.h"
#include "runtime/logging.h"
#include "runtime/stop_signal.h"
#include "store/check_store.h"

namespace framebridge::sink {

namespace {

/// Refuses a store that will never work, and warns of one that may drop frames before their time.
void check_store_at_start(const store::RedisConfig& redis, const runtime::StopSignal& stop) {
    const auto check = store::check_store(redis, stop);
    if (!check.error.empty()) {
        throw runtime::Failure(runtime::FailureKind::misconfigured, check.error);
    }
    if (!check.reachable) {
        spdlog::warn("{}: waiting for it", check.problem);
        return;
    }
    spdlog::info("storing frames in {} ({})", redis.address.to_string(),
                 check.server.empty() ? "it does not say what it is" : check.server);
    if (check.maxmemory.value_or(0) > 0 && !check.eviction_policy.empty() &&
        check.eviction_policy != "noeviction") {
        spdlog::warn(
            "the store {} may drop frames before their TTL: its maxmemory-policy is '{}'. Set it to "
            "noeviction, and the "
            "sink waits when the store is full",
            redis.address.to_string(), check.eviction_policy);
    }
}

bool is_compressed(const std::map<std::string, std::string>& properties) {
    return std::any_of(properties.begin(), properties.end(), [](const auto& property) {
        return (property.first == "compression.type" || property.first == "compression.codec") &&
               property.second != "none";
    });
}

/// Null if records are compressed: how large one will be is not known before.
std::unique_ptr<RecordLimit> watch_record_limit(const SinkConfig& config, const std::string& topic) {
    if (is_compressed(config.kafka.properties)) {
        return nullptr;
    }
    auto kafka = config.kafka;
    kafka.topic = topic;
    return std::make_unique<RecordLimit>([kafka = std::move(kafka)]() -> std::optional<std::int64_t> {
        constexpr auto limit = std::chrono::seconds(2);  // A stop waits for it.
        std::string error;
        const auto retention = kafka::describe_retention(kafka, limit, error);
        return retention ? retention->max_message_bytes : std::nullopt;
    });
}

void warn_of_losses(const store::RedisConfig& redis, const runtime::StopSignal& stop) {
    for (const auto& warning : store::check_durability(redis, stop)) {
        spdlog::warn("{}", warning);
    }
}

/// Where the TTL follows from the topic's retention, a broker that is away is waited for. Returns whether to
/// go on.
bool wait_for_retention(const SinkConfig& config, const runtime::StopSignal& stop, Health& health) {
    if (!config.redis || config.ttl) {
        return true;
    }
    return wait_for_kafka(
        [&config] {
            kafka::expect_retention(config.kafka, std::chrono::seconds(5));
            return true;
        },
        stop, health);
}

SinkParts open_parts(const SinkConfig& config, ::zmq::context_t& context, SinkMetrics& metrics,
                     const runtime::StopSignal& stop) {
    SinkParts parts;
    const auto ask = [kafka = config.kafka](std::string& error) {
        constexpr auto limit = std::chrono::seconds(10);
        return kafka::describe_retention(kafka, limit, error);
    };
    const auto compaction =
        std::make_shared<CompactedTopicWatch>(config.kafka.topic, config.compacted_topic, ask);
    if (config.redis) {
        check_store_at_start(*config.redis, stop);
        if (config.redis_durable) {
            warn_of_losses(*config.redis, stop);
        }
        parts.store = store::RedisFrameStore::open(*config.redis);
        parts.ttl = std::make_unique<TtlWatch>(
            TtlWatch::Config{.topic = config.kafka.topic, .ttl = config.ttl, .policy = config.ttl_policy},
            ask, metrics.ttl_shortfall_seconds);
    } else {
        spdlog::info("no store (--redis-host is not set): frames travel inside the Kafka messages");
    }
    parts.record_limit = watch_record_limit(config, config.kafka.topic);
    if (!config.dead_letter_topic.empty()) {
        parts.dead_letter_limit = watch_record_limit(config, config.dead_letter_topic);
    }
    auto receiver = config.receiver;
    receiver.format = config.format;
    receiver.max_part_bytes = config.max_message_bytes;
    parts.receiver = zmq::open_receiver(context, receiver);
    parts.producer = kafka::open_producer({.kafka = config.kafka,
                                           .linger = config.kafka_linger,
                                           .hold_back = [compaction] { return compaction->problem(); }});
    return parts;
}

/// The log's last line.
void log_report(const SinkReport& report, std::chrono::milliseconds shutdown_timeout) {
    const auto carried = fmt::format(
        "delivered {} messages ({} frames, {} bytes, {} deduplicated), {} dead-lettered, {} dropped, {} "
        "ignored",
        report.delivered, report.frames, report.bytes, report.deduplicated, report.dead_letters,
        report.dropped, report.ignored);
    if (report.not_delivered == 0) {
        spdlog::info("stopped: {}, 0 not delivered", carried);
        return;
    }
    spdlog::warn("stopped: {}, {} not delivered within the {} s of --shutdown-timeout{}", carried,
                 report.not_delivered, std::chrono::duration<double>(shutdown_timeout).count(),
                 report.why.empty() ? "" : ": " + report.why);
}

}  // namespace

int run_sink(const SinkConfig& config) {
    runtime::init_logging("kafka-redis-sink", config.log_level, config.log_format);
    runtime::StopSignal stop;
    stop.install_handlers();
    runtime::Metrics metrics;
    SinkMetrics sink_metrics(metrics, config.max_metric_sources);
    Health health("kafka-redis-sink", metrics);
    const auto metrics_server = start_metrics_server(config, metrics, health);
    if (!wait_for_topics(config, stop, health) || !wait_for_retention(config, stop, health)) {
        return static_cast<int>(ExitCode::ok);
    }

    ::zmq::context_t context;
    auto fps = config.fps.make_meter();
    SinkReport report;
    {
        Sink sink(config, open_parts(config, context, sink_metrics, stop), sink_metrics, health,
                  [&fps] { fps.count(); });
        spdlog::info("carrying messages from {} to topic '{}'", config.receiver.endpoint.to_string(),
                     config.kafka.topic);
        report = sink.run(stop);
    }  // Whatever librdkafka has to say comes before the last line, which is the report.
    fps.finish();
    log_report(report, config.shutdown_timeout);
    return static_cast<int>(report.not_delivered == 0 ? ExitCode::ok : ExitCode::temporary_failure);
}

}  // namespace framebridge::sink
