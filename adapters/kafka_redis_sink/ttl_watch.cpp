#include "kafka_redis_sink/ttl_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "kafka/ttl_guard.h"
#include "runtime/failure.h"

namespace framebridge::sink {

namespace {

std::optional<std::chrono::seconds> whole_seconds(const std::optional<std::chrono::milliseconds>& ttl) {
    if (!ttl) {
        return std::nullopt;
    }
    return std::chrono::duration_cast<std::chrono::seconds>(*ttl);
}

}  // namespace

TtlWatch::TtlWatch(Config config, AskRetention ask, prometheus::Gauge& shortfall_seconds)
    : config_(std::move(config)),
      ask_(std::move(ask)),
      shortfall_seconds_(shortfall_seconds),
      ttl_(config_.ttl.value_or(std::chrono::milliseconds(0))) {
    if (config_.ttl && config_.policy == TtlPolicy::off) {
        return;
    }
    auto problem = look();
    if (!problem.empty()) {
        if (!config_.ttl || config_.policy == TtlPolicy::refuse) {
            throw runtime::Failure(runtime::FailureKind::misconfigured, problem);
        }
        spdlog::warn("{}", problem);
    }
    thread_.emplace(config_.interval, [this, last_problem = std::move(problem)]() mutable {
        auto problem = look();
        if (!problem.empty() && problem != last_problem) {
            spdlog::warn("{}", problem);
        }
        last_problem = std::move(problem);
    });
}

// Returns what is wrong now; empty if nothing is.
std::string TtlWatch::look() {
    std::string error;
    const auto retention = ask_(error);
    if (!retention) {
        return "the retention of topic '" + config_.topic + "' cannot be found out (" + error +
               "): references may outlive their frames; set --redis-ttl-seconds (REDIS_TTL_SECONDS) to more "
               "than it";
    }
    const auto verdict = kafka::check_ttl(*retention, whole_seconds(config_.ttl));
    if (!config_.ttl && verdict.ttl) {
        const std::chrono::milliseconds ttl = *verdict.ttl;
        if (ttl_.exchange(ttl) != ttl) {
            spdlog::info("frames are stored for {} s, as long as topic '{}' can keep their records",
                         verdict.ttl->count(), config_.topic);
        }
    }
    const auto lifetime = kafka::record_lifetime(*retention);
    const auto shortfall = lifetime ? *lifetime - ttl_.load() : std::chrono::milliseconds(0);
    shortfall_seconds_.Set(std::max(0.0, std::chrono::duration<double>(shortfall).count()));
    return verdict.problem;
}

}  // namespace framebridge::sink
