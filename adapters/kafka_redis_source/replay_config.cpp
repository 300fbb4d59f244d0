#include "kafka_redis_source/replay_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace framebridge::source {

namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const auto* end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && parsed == end && !text.empty() ? std::optional(number) : std::nullopt;
}

}  // namespace

Result<Pace> Pace::parse(std::string_view text) {
    constexpr double max_speed = 1000;
    if (text == "max") {
        return Pace{0};
    }
    if (text == "realtime") {
        return Pace{1};
    }
    if (text.ends_with('x')) {
        const auto speed = number_of<double>(text.substr(0, text.size() - 1));
        if (speed && *speed > 0 && *speed <= max_speed) {
            return Pace{*speed};
        }
    }
    return problem("'" + std::string(text) +
                   "' is none of max, realtime and a speed such as 2x (up to 1000x)");
}

std::string Pace::to_string() const {
    return !limited() ? "max" : speed == 1 ? "realtime" : fmt::format("{}x", speed);
}

Result<Thinning> Thinning::parse(std::string_view text) {
    constexpr std::string_view every = "every:";
    if (text == "all") {
        return Thinning{};
    }
    if (text == "keyframes") {
        return Thinning{.keyframes_only = true};
    }
    if (text.starts_with(every)) {
        const auto number = number_of<std::uint32_t>(text.substr(every.size()));
        if (number && *number > 0) {
            return Thinning{.every = *number};
        }
    }
    return problem("'" + std::string(text) + "' is none of all, keyframes and every:N");
}

std::string Thinning::to_string() const {
    return keyframes_only ? "keyframes" : every > 1 ? fmt::format("every:{}", every) : "all";
}

bool ReplayConfig::wants(std::string_view source_id) const {
    if (source_ids.empty() && source_id_prefixes.empty()) {
        return true;
    }
    return std::find(source_ids.begin(), source_ids.end(), source_id) != source_ids.end() ||
           std::any_of(source_id_prefixes.begin(), source_id_prefixes.end(),
                       [&](const auto& prefix) { return source_id.starts_with(prefix); });
}

}  // namespace framebridge::source
