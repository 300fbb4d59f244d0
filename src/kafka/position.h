#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "framebridge/result.h"

namespace framebridge::kafka {

/// A place in a topic, as a person names it.
struct Position {
    struct Earliest {
        bool operator==(const Earliest&) const = default;
    };
    /// The end as it is when it is looked up.
    struct Latest {
        bool operator==(const Latest&) const = default;
    };
    /// The same offset in every partition.
    struct Offset {
        std::int64_t offset = 0;
        bool operator==(const Offset&) const = default;
    };
    /// By partition; a partition that is not named is not read.
    struct PartitionOffsets {
        std::map<std::int32_t, std::int64_t> offsets;
        bool operator==(const PartitionOffsets&) const = default;
    };
    /// Since the Unix epoch, in Kafka's milliseconds.
    struct Time {
        std::chrono::milliseconds since_epoch{0};
        bool operator==(const Time&) const = default;
    };

    std::variant<Earliest, Latest, Offset, PartitionOffsets, Time> place = Earliest{};
    /// The text had a time without an offset from UTC: it was taken as this machine's local time.
    bool local_time = false;

    bool operator==(const Position&) const = default;
    /// In a form that parse() reads.
    [[nodiscard]] std::string to_string() const;

    /// `earliest`, `latest`, `offset:N`, `offset:0=12,1=40`, `time:2026-11-27T14:05:00+01:00` (RFC 3339;
    /// without an offset: local time; also without `time:`), or a time before `now` such as `-15m` (s, m, h,
    /// d, also together:
    /// `-1h30m`).
    static Result<Position> parse(
        std::string_view text, std::chrono::system_clock::time_point now = std::chrono::system_clock::now());
};

/// `2026-11-27T13:05:00.000Z`.
std::string format_time(std::chrono::milliseconds since_epoch);

}  // namespace framebridge::kafka
