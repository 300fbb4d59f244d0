#include "kafka_redis_source/run.h"

#include <spdlog/spdlog.h>

#include "common/exit_code.h"
#include "common/start.h"
#include "kafka/topic_admin.h"
#include "kafka_redis_source/source.h"
#include "runtime/failure.h"
#include "runtime/logging.h"
#include "runtime/stop_signal.h"

namespace framebridge::source {

namespace {

void set_lag(runtime::Metrics& metrics, const kafka::PartitionLag& lag, std::size_t in_flight) {
    const prometheus::Labels labels{{"partition", std::to_string(lag.partition)}};
    if (lag.uncommitted) {
        metrics
            .gauge("framebridge_source_lag",
                   "Records whose offset is not committed yet, of them some that were sent", labels)
            .Set(static_cast<double>(*lag.uncommitted));
    }
    if (lag.unread) {
        metrics.gauge("framebridge_source_lag_records", "Records that are not sent yet", labels)
            .Set(static_cast<double>(*lag.unread) + static_cast<double>(in_flight));
    }
}

}  // namespace

int run_source(const SourceConfig& config) {
    runtime::init_logging("kafka-redis-source", config.log_level, config.log_format);
    runtime::StopSignal stop;
    stop.install_handlers();
    runtime::Metrics metrics;
    SourceMetrics source_metrics(metrics);
    Health health("kafka-redis-source", metrics);
    const auto metrics_server = start_metrics_server(config, metrics, health);
    if (!wait_for_topics(config, stop, health)) {
        return static_cast<int>(ExitCode::ok);
    }

    FrameStores stores(
        config.stores,
        [&config](const protocol::StoreAddress& address) -> std::unique_ptr<store::FrameStore> {
            auto redis = config.redis;
            redis.address = address;
            return store::RedisFrameStore::open(std::move(redis));
        });
    auto sender = zmq::open_sender(config.sender);
    auto fps = config.fps.make_meter();
    Source source(config, *sender, stores, source_metrics, [&fps] { fps.count(); });
    std::unique_ptr<kafka::Producer> dead_letters;
    if (!config.dead_letter_topic.empty()) {
        dead_letters = kafka::open_producer({.kafka = config.kafka});
    }
    kafka::ConsumerConfig consumer_config{config.consumer, config.kafka};
    consumer_config.topic_partitions =
        kafka::count_partitions(config.kafka, std::chrono::seconds(5)).value_or(1);
    auto consumer = kafka::open_consumer(std::move(consumer_config));
    source.on_turn([&] {
        health.started();
        health.turned();
        health.report(kafka_part, consumer->problem());
        stores.report(health);
        for (const auto& lag : consumer->lag()) {
            set_lag(metrics, lag, source.in_flight(lag.partition));
        }
    });

    spdlog::info("carrying messages from topic '{}' (group '{}') to {}", config.kafka.topic,
                 config.consumer.group_id, config.sender.endpoint.to_string());
    const auto report = source.run(*consumer, dead_letters.get(), stop);
    // Whatever librdkafka has to say goes ahead of the last line, which is the report.
    consumer.reset();
    dead_letters.reset();
    fps.finish();
    const bool complete = report.not_sent == 0 && report.flushed;
    spdlog::log(
        complete ? spdlog::level::info : spdlog::level::warn,
        "stopped: sent {} messages ({} frames, {} bytes), {} dead-lettered, {} dropped, {} skipped, {} not "
        "sent{}",
        report.sent, report.frames, report.bytes, report.dead_letters, report.dropped, report.skipped,
        report.not_sent,
        report.flushed ? "" : "; the peer did not take all that was sent: what is not committed comes again");
    return static_cast<int>(complete ? ExitCode::ok : ExitCode::temporary_failure);
}

}  // namespace framebridge::source
