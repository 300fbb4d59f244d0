#include "common/start.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <string>
#include <utility>

#include "kafka/topic_admin.h"
#include "runtime/backoff.h"
#include "runtime/failure.h"

namespace framebridge {

namespace {

constexpr auto topic_limit = std::chrono::seconds(5);
/// A broker that has just started, or has not heard of a new topic yet, denies it for a moment.
constexpr auto missing_topic_limit = std::chrono::seconds(5);

/// What to do about a topic that does not exist; empty if all do.
std::string missing_topic(const AdapterConfig& config) {
    const auto spec = config.topic_to_create();
    if (kafka::ensure_topic(config.kafka, spec, topic_limit) == kafka::TopicStatus::missing) {
        return "topic '" + config.kafka.topic +
               "' does not exist: create it, or set --kafka-create-topic (KAFKA_CREATE_TOPIC)";
    }
    if (config.dead_letter_topic.empty()) {
        return {};
    }
    auto dead_letters = config.kafka;
    dead_letters.topic = config.dead_letter_topic;
    if (kafka::ensure_topic(dead_letters, spec, topic_limit) == kafka::TopicStatus::missing) {
        return "topic '" + config.dead_letter_topic +
               "' of --dead-letter-topic does not exist: create it, or set --kafka-create-topic";
    }
    return {};
}

}  // namespace

std::unique_ptr<runtime::MetricsServer> start_metrics_server(const ProcessConfig& config,
                                                             const runtime::Metrics& metrics,
                                                             const Health& health,
                                                             runtime::StatusPages::OwnPages own_pages) {
    if (config.metrics_listen.empty()) {
        return nullptr;
    }
    auto server = std::make_unique<runtime::MetricsServer>(config.metrics_listen, metrics, health,
                                                           runtime::HttpLimits{}, std::move(own_pages));
    const auto address = server->address();
    spdlog::info("metrics and health at http://{}/{}", address,
                 address.starts_with("127.") ? " (this machine only; 0.0.0.0:port is for others too)" : "");
    return server;
}

bool wait_for_kafka(const std::function<bool()>& attempt, const runtime::StopSignal& stop, Health& health) {
    runtime::Backoff backoff(std::chrono::milliseconds(500), std::chrono::seconds(5));
    runtime::PollSet poll_set;
    while (!stop.requested()) {
        try {
            if (attempt()) {
                return true;
            }
        } catch (const runtime::Failure& error) {
            if (!error.retryable()) {
                throw;
            }
            health.report(kafka_part, std::string("waiting for Kafka: ") + error.what());
        }
        stop.add_to(poll_set);
        poll_set.wake_at(runtime::PollSet::Clock::now() + backoff.next());
        poll_set.wait();
    }
    return false;
}

bool wait_for_topics(const AdapterConfig& config, const runtime::StopSignal& stop, Health& health) {
    std::optional<runtime::PollSet::Clock::time_point> give_up_at;
    health.report(kafka_part, "connecting to Kafka");
    return wait_for_kafka(
        [&] {
            const auto problem = missing_topic(config);
            if (problem.empty()) {
                return true;
            }
            const auto now = runtime::PollSet::Clock::now();
            if (now >= give_up_at.value_or(runtime::PollSet::Clock::time_point::max())) {
                throw runtime::Failure(runtime::FailureKind::misconfigured, problem);
            }
            give_up_at = give_up_at.value_or(now + missing_topic_limit);
            return false;
        },
        stop, health);
}

}  // namespace framebridge
