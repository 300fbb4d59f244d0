#include "kafka_redis_sink/ttl_watch.h"

#include <spdlog/spdlog.h>

#include "kafka/ttl_guard.h"
#include "runtime/failure.h"

namespace framebridge::sink {

namespace {

constexpr auto ask_limit = std::chrono::seconds(10);

std::optional<std::chrono::seconds> whole_seconds(const std::optional<std::chrono::milliseconds>& ttl) {
    if (!ttl) {
        return std::nullopt;
    }
    return std::chrono::duration_cast<std::chrono::seconds>(*ttl);
}

}  // namespace

TtlWatch::TtlWatch(const SinkConfig& config, SinkMetrics& metrics, std::chrono::milliseconds interval)
    : config_(config), metrics_(metrics), ttl_ms_(config.ttl.value_or(std::chrono::milliseconds(0)).count()) {
    if (!config.redis || (config.ttl && config.ttl_policy == TtlPolicy::off)) {
        return;
    }
    const auto problem = look();
    if (!problem.empty()) {
        if (!config.ttl || config.ttl_policy == TtlPolicy::refuse) {
            throw runtime::Failure(runtime::FailureKind::misconfigured, problem);
        }
        spdlog::warn("{}", problem);
    }
    thread_ = std::jthread([this, interval, told = problem](const std::stop_token& stop) mutable {
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, stop, interval, [&stop] { return stop.stop_requested(); })) {
            auto now = look();
            if (!now.empty() && now != told) {
                spdlog::warn("{}", now);
            }
            told = std::move(now);
        }
    });
}

// Returns what is wrong now; empty if nothing is.
std::string TtlWatch::look() {
    std::string error;
    const auto retention = kafka::describe_retention(config_.kafka, ask_limit, error);
    if (!retention) {
        return "the retention of topic '" + config_.kafka.topic + "' cannot be found out (" + error +
               "): references may outlive their frames; set --redis-ttl-seconds (REDIS_TTL_SECONDS) to more "
               "than it";
    }
    const auto verdict = kafka::check_ttl(*retention, whole_seconds(config_.ttl));
    if (!config_.ttl && verdict.ttl) {
        const std::chrono::milliseconds ttl = *verdict.ttl;
        if (ttl_ms_.exchange(ttl.count()) != ttl.count()) {
            spdlog::info("frames are stored for {} s, as long as topic '{}' can keep their records",
                         verdict.ttl->count(), config_.kafka.topic);
        }
    }
    const auto lifetime = kafka::record_lifetime(*retention);
    const auto shortfall =
        lifetime ? *lifetime - std::chrono::milliseconds(ttl_ms_) : std::chrono::milliseconds(0);
    metrics_.ttl_shortfall_seconds.Set(std::max(0.0, std::chrono::duration<double>(shortfall).count()));
    return verdict.problem;
}

}  // namespace framebridge::sink
