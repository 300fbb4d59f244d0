#include "kafka_redis_sink/run.h"

#include <spdlog/spdlog.h>

#include "common/exit_code.h"
#include "common/start.h"
#include "kafka_redis_sink/sink.h"
#include "kafka_redis_sink/ttl_watch.h"
#include "runtime/failure.h"
#include "runtime/logging.h"
#include "runtime/stop_signal.h"

namespace framebridge::sink {

namespace {

/// Refuses a store that will never work, and warns of one that may drop frames before their time.
void check_store_at_start(const store::RedisConfig& redis) {
    const auto check = store::check_store(redis);
    if (!check.error.empty()) {
        throw runtime::Failure(runtime::FailureKind::misconfigured, check.error);
    }
    if (!check.reachable) {
        spdlog::warn("the store {} does not answer yet: waiting for it", redis.address.to_string());
        return;
    }
    spdlog::info("storing frames in {} (version {})", redis.address.to_string(), check.version);
    if (check.maxmemory.value_or(0) > 0 && !check.eviction_policy.empty() &&
        check.eviction_policy != "noeviction") {
        spdlog::warn(
            "the store {} may drop frames before their TTL: its maxmemory-policy is '{}'. Set it to "
            "noeviction, and the "
            "sink waits when the store is full",
            redis.address.to_string(), check.eviction_policy);
    }
}

}  // namespace

int run_sink(const SinkConfig& config) {
    runtime::init_logging("kafka-redis-sink", config.log_level);
    runtime::StopSignal stop;
    stop.install_handlers();
    runtime::Metrics metrics;
    SinkMetrics sink_metrics(metrics);
    Health health;
    const auto metrics_server = start_metrics_server(config, metrics, health);
    if (!wait_for_topics(config, stop)) {
        return static_cast<int>(ExitCode::ok);
    }

    std::unique_ptr<store::RedisFrameStore> store;
    if (config.redis) {
        check_store_at_start(*config.redis);
        store = store::RedisFrameStore::open(*config.redis);
    } else {
        spdlog::info("no store (--redis-host is not set): frames travel inside the Kafka messages");
    }
    const TtlWatch ttl_watch(config, sink_metrics);
    ::zmq::context_t context;
    const auto receiver = zmq::open_receiver(context, config.receiver);
    auto fps = config.fps.make_meter();
    Sink sink(config, *receiver, store.get(), ttl_watch.ttl_ms(), sink_metrics, [&fps] { fps.count(); });
    auto producer = kafka::open_producer(config.producer);
    sink.on_turn([&] {
        const std::string store_problem = store ? store->problem() : "";
        health.set((store_problem.empty() ? "" : store_problem + '\n') +
                   (producer->healthy() ? "" : "Kafka does not answer\n"));
    });

    spdlog::info("carrying messages from {} to topic '{}'", config.receiver.endpoint.to_string(),
                 config.kafka.topic);
    const auto report = sink.run(*producer, stop);
    // Whatever librdkafka has to say goes ahead of the last line, which is the report.
    producer.reset();
    fps.finish();
    spdlog::log(report.not_delivered == 0 ? spdlog::level::info : spdlog::level::warn,
                "stopped: delivered {} messages ({} frames, {} bytes, {} deduplicated), {} dead-lettered, {} "
                "dropped, {} ignored, {} not "
                "delivered",
                report.delivered, report.frames, report.bytes,
                static_cast<std::uint64_t>(sink_metrics.frames_deduplicated.Value()), report.dead_letters,
                report.dropped, report.ignored, report.not_delivered);
    return static_cast<int>(report.not_delivered == 0 ? ExitCode::ok : ExitCode::temporary_failure);
}

}  // namespace framebridge::sink
