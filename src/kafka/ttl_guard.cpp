#include "kafka/ttl_guard.h"

#include <algorithm>
#include <string>

namespace framebridge::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds margin = std::chrono::minutes(10);
/// A hundred years: what is above is as good as for ever, and would overflow a store's clock.
constexpr milliseconds for_ever = std::chrono::hours(24 * 365 * 100);

constexpr const char* option = "REDIS_TTL_SECONDS (--redis-ttl-seconds)";

std::string text_of(milliseconds time) {
    return std::to_string(std::chrono::ceil<seconds>(time).count()) + " s";
}

}  // namespace

std::optional<milliseconds> record_lifetime(const TopicRetention& retention) {
    if (retention.retention.count() < 0 || retention.retention >= for_ever) {
        return std::nullopt;
    }
    // Unknown: taken to be closed by its size in no time.
    const auto segment = std::clamp(retention.segment, milliseconds(0), for_ever);
    return retention.retention + segment + margin;
}

TtlVerdict check_ttl(const TopicRetention& retention, std::optional<seconds> ttl) {
    const auto lifetime = record_lifetime(retention);
    if (ttl && ttl->count() == 0) {
        return {ttl, {}};
    }
    if (!lifetime) {
        const std::string reason = "the topic keeps its records for ever (retention.ms=-1)";
        if (!ttl) {
            return {std::nullopt, std::string(option) + "=auto cannot be derived: " + reason +
                                      "; give the TTL in seconds, or the topic a retention.ms"};
        }
        return {ttl, std::string(option) + "=" + std::to_string(ttl->count()) +
                         " is shorter than the topic's retention: " + reason +
                         ", so references outlive their frames; set a retention.ms"};
    }
    if (!ttl) {
        return {std::chrono::ceil<seconds>(*lifetime), {}};
    }
    if (*ttl >= *lifetime) {
        return {ttl, {}};
    }
    return {ttl, std::string(option) + "=" + std::to_string(ttl->count()) +
                     " is too short: the topic's records can be read for up to " + text_of(*lifetime) +
                     " (retention.ms=" + std::to_string(retention.retention.count()) +
                     ", segment.ms=" + std::to_string(retention.segment.count()) +
                     "), so references outlive their frames; use auto or at least " + text_of(*lifetime) +
                     ", or lower retention.ms and segment.ms"};
}

}  // namespace framebridge::kafka
