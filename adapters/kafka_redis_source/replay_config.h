#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kafka/position.h"

namespace framebridge::source {

enum class ReplayEnd {
    exit,    ///< At the end of the range.
    follow,  ///< Go on with what comes after it.
};

enum class Alignment { none, keyframe };

/// Which times `--from` and `--to` mean.
enum class ReplayClock {
    kafka,  ///< The records' timestamps.
    frame,  ///< The frames' creation times.
};

/// How fast records are given out: 1 is the speed at which they were recorded; 0 is as fast as it goes.
struct Pace {
    double speed = 0;

    [[nodiscard]] bool limited() const { return speed > 0; }
    /// `max`, `realtime`, or a speed such as `2x`.
    static Result<Pace> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// Which frames of a source are given out: all, only keyframes, or one of so many.
struct Thinning {
    bool keyframes_only = false;
    std::uint32_t every = 1;

    /// `all`, `keyframes` or `every:N`.
    static Result<Thinning> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// A bounded reading of a topic instead of a group's endless one.
struct ReplayConfig {
    std::optional<kafka::Position> from;
    std::optional<kafka::Position> to;
    ReplayEnd end = ReplayEnd::exit;
    std::vector<std::string> source_ids;
    std::vector<std::string> source_id_prefixes;
    Alignment alignment = Alignment::none;
    std::chrono::milliseconds align_limit{60'000};
    ReplayClock clock = ReplayClock::kafka;
    std::chrono::milliseconds clock_tolerance{60'000};
    Pace pace;
    bool send_end_of_stream = false;
    Thinning frames;
    std::string resume_group;  ///< Empty: nothing is committed.

    [[nodiscard]] bool enabled() const { return from || to; }
    [[nodiscard]] bool wants(std::string_view source_id) const;
};

}  // namespace framebridge::source
