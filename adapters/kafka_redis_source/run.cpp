#include "kafka_redis_source/run.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "common/exit_code.h"
#include "common/health.h"
#include "common/start.h"
#include "kafka/topic_admin.h"
#include "kafka_redis_source/replay_consumer.h"
#include "kafka_redis_source/source.h"
#include "runtime/logging.h"
#include "runtime/stop_signal.h"

namespace framebridge::source {

namespace {

std::unique_ptr<kafka::Consumer> open_consumer(const SourceConfig& config, const runtime::StopSignal& stop) {
    if (config.replay.enabled()) {
        return std::make_unique<ReplayConsumer>(config.kafka, config.replay, config.consumer.prefetch_bytes,
                                                stop);
    }
    kafka::ConsumerConfig consumer{config.consumer, config.kafka};
    consumer.topic_partitions = kafka::count_partitions(config.kafka, std::chrono::seconds(5)).value_or(1);
    return kafka::open_consumer(std::move(consumer));
}

/// How the aliased stores are reached, by the address under which they are opened.
std::map<protocol::StoreAddress, StoreRoute> routes_of(const StoreRules& rules) {
    std::map<protocol::StoreAddress, StoreRoute> routes;
    for (const auto& [name, route] : rules.aliases) {
        routes.emplace(route.sentinel ? name : route.address, route);
    }
    return routes;
}

SourceParts open_parts(const SourceConfig& config, const runtime::StopSignal& stop) {
    SourceParts parts;
    parts.consumer = open_consumer(config, stop);
    parts.open_store = [redis = config.redis, routes = routes_of(config.stores)](
                           const protocol::StoreAddress& address, Trust trust) {
        auto its_config = redis;
        its_config.address = address;
        if (const auto route = routes.find(address); route != routes.end()) {
            its_config.tls.enabled = route->second.tls.value_or(redis.tls.enabled);
            its_config.sentinel = route->second.sentinel;
            its_config.address.db = route->second.address.db;
        }
        if (trust == Trust::stranger) {
            its_config.username.clear();
            its_config.password.clear();
        }
        return store::RedisFrameStore::open(its_config);
    };
    parts.sender = zmq::open_sender(config.sender);
    if (!config.dead_letter_topic.empty()) {
        parts.dead_letters = kafka::open_producer({.kafka = config.kafka});
    }
    return parts;
}

/// The last line: what was done, and what was not and why.
ExitCode tell(const SourceReport& report, std::string problems) {
    const bool complete = report.not_sent == 0 && report.flushed;
    std::string why;
    if (report.not_sent > 0 && !problems.empty()) {
        problems.pop_back();
        std::replace(problems.begin(), problems.end(), '\n', ';');
        why = "; waited for: " + problems;
    }
    if (!report.flushed) {
        why += "; the peer did not take all that was sent: what is not committed comes again";
    }
    spdlog::log(complete ? spdlog::level::info : spdlog::level::warn,
                "stopped: sent {} messages ({} frames, {} bytes), {} dead-lettered, {} dropped, {} skipped, "
                "{} not sent{}",
                report.sent, report.frames, report.bytes, report.dead_letters, report.dropped, report.skipped,
                report.not_sent, complete ? "" : why);
    return complete ? ExitCode::ok : ExitCode::temporary_failure;
}

/// A replay's end: all of it, or what was missing.
ExitCode replay_exit_code(const SourceReport& report, ExitCode told) {
    if (told != ExitCode::ok || !report.finished) {
        return ExitCode::temporary_failure;
    }
    return report.skipped > 0 || report.dropped > 0 ? ExitCode::data_error : ExitCode::ok;
}

}  // namespace

int run_source(const SourceConfig& config) {
    runtime::init_logging("kafka-redis-source", config.log_level, config.log_format);
    runtime::StopSignal stop;
    stop.install_handlers();
    runtime::Metrics metrics;
    SourceMetrics source_metrics(metrics, config.max_metric_sources);
    Health health("kafka-redis-source", metrics);
    const auto metrics_server = start_metrics_server(config, metrics, health);
    if (!wait_for_topics(config, stop, health)) {
        return static_cast<int>(ExitCode::ok);
    }

    auto fps = config.fps.make_meter();
    SourceReport report;
    std::string problems;
    {
        Source source(config, open_parts(config, stop), source_metrics, health, [&fps] { fps.count(); });
        spdlog::info("carrying messages from topic '{}' ({}) to {}", config.kafka.topic,
                     config.replay.enabled() ? "a replay" : "group '" + config.consumer.group_id + "'",
                     config.sender.endpoint.to_string());
        report = source.run(stop);
        problems = health.problems();
    }  // Whatever librdkafka has to say comes before the last line, which is the report.
    fps.finish();
    const auto told = tell(report, std::move(problems));
    return static_cast<int>(config.replay.enabled() ? replay_exit_code(report, told) : told);
}

}  // namespace framebridge::source
