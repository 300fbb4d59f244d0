#include "kafka/position.h"

#include <date/date.h>

#include <charconv>
#include <ctime>
#include <optional>
#include <sstream>

#include "runtime/text.h"

namespace framebridge::kafka {

namespace {

using Milliseconds = std::chrono::milliseconds;
using SystemTime = date::sys_time<Milliseconds>;

constexpr std::string_view forms =
    "it is none of earliest, latest, offset:N, offset:0=12,1=40, time:2026-11-27T14:05:00+01:00 and -15m";

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && parsed == end && !text.empty() && number >= 0 ? std::optional(number)
                                                                                 : std::nullopt;
}

Result<Position> parse_offsets(std::string_view text) {
    if (const auto all = whole_number(text)) {
        return Position{Position::Offset{*all}};
    }
    Position::PartitionOffsets by_partition;
    for (const auto& part : runtime::split_at_commas(std::string(text))) {
        const auto equals = part.find('=');
        const auto partition = whole_number(std::string_view(part).substr(0, std::min(equals, part.size())));
        const auto offset = equals == std::string::npos
                                ? std::nullopt
                                : whole_number(std::string_view(part).substr(equals + 1));
        if (!partition || !offset || *partition > INT32_MAX) {
            return problem("'" + part + "' is not a partition and its offset, such as 0=12");
        }
        by_partition.offsets[static_cast<std::int32_t>(*partition)] = *offset;
    }
    if (by_partition.offsets.empty()) {
        return problem("the offset is missing, as in offset:12 or offset:0=12,1=40");
    }
    return Position{std::move(by_partition)};
}

template <typename Time>
bool read_time(const std::string& text, const char* format, Time& time) {
    std::istringstream stream(text);
    stream >> date::parse(format, time);
    return !stream.fail() && stream.peek() == std::istringstream::traits_type::eof();
}

Milliseconds from_local(date::local_time<Milliseconds> local) {
    const auto day = date::floor<date::days>(local);
    const date::year_month_day date_of_day(day);
    const date::hh_mm_ss time(local - day);
    std::tm fields{};
    fields.tm_year = static_cast<int>(date_of_day.year()) - 1900;
    fields.tm_mon = static_cast<int>(static_cast<unsigned>(date_of_day.month())) - 1;
    fields.tm_mday = static_cast<int>(static_cast<unsigned>(date_of_day.day()));
    fields.tm_hour = static_cast<int>(time.hours().count());
    fields.tm_min = static_cast<int>(time.minutes().count());
    fields.tm_sec = static_cast<int>(time.seconds().count());
    fields.tm_isdst = -1;
    return std::chrono::seconds(std::mktime(&fields)) + time.subseconds();
}

Result<Position> parse_time(std::string_view text) {
    std::string normal(text);
    if (const auto space = normal.find(' '); space != std::string::npos) {
        normal[space] = 'T';
    }
    if (normal.ends_with('Z') || normal.ends_with('z')) {
        normal.replace(normal.size() - 1, 1, "+00:00");
    }
    for (const auto* format : {"%Y-%m-%dT%H:%M:%S%Ez", "%Y-%m-%dT%H:%M%Ez"}) {
        if (SystemTime time; read_time(normal, format, time)) {
            return Position{Position::Time{time.time_since_epoch()}};
        }
    }
    for (const auto* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        if (date::local_time<Milliseconds> time; read_time(normal, format, time)) {
            return Position{Position::Time{from_local(time)}, true};
        }
    }
    return problem("'" + std::string(text) + "' is not a time such as 2026-11-27T14:05:00+01:00");
}

std::optional<Milliseconds> unit(char letter) {
    switch (letter) {
        case 's':
            return std::chrono::seconds(1);
        case 'm':
            return std::chrono::minutes(1);
        case 'h':
            return std::chrono::hours(1);
        case 'd':
            return std::chrono::hours(24);
        default:
            return std::nullopt;
    }
}

/// `1h30m`; nothing that reaches back more than a century.
std::optional<Milliseconds> parse_span(std::string_view text) {
    constexpr std::int64_t max_count = 3'153'600'000;
    Milliseconds span{0};
    if (text.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        const auto digits = text.find_first_not_of("0123456789");
        if (digits == 0 || digits == std::string_view::npos) {
            return std::nullopt;
        }
        const auto count = whole_number(text.substr(0, digits));
        const auto each = unit(text[digits]);
        if (!count || *count > max_count || !each) {
            return std::nullopt;
        }
        span += *each * *count;
        text.remove_prefix(digits + 1);
    }
    return span;
}

}  // namespace

Result<Position> Position::parse(std::string_view text, std::chrono::system_clock::time_point now) {
    constexpr std::string_view offset = "offset:";
    constexpr std::string_view time = "time:";
    text = runtime::trimmed(text);
    if (text == "earliest") {
        return Position{Earliest{}};
    }
    if (text == "latest") {
        return Position{Latest{}};
    }
    if (text.starts_with(offset)) {
        return parse_offsets(text.substr(offset.size()));
    }
    if (text.starts_with(time)) {
        return parse_time(text.substr(time.size()));
    }
    // Nothing else begins with a digit.
    if (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        return parse_time(text);
    }
    if (text.starts_with('-')) {
        if (const auto span = parse_span(text.substr(1))) {
            const auto now_ms = std::chrono::duration_cast<Milliseconds>(now.time_since_epoch());
            return Position{Time{now_ms - *span}};
        }
    }
    return problem("'" + std::string(text) + "' is not a position: " + std::string(forms));
}

std::string Position::to_string() const {
    struct Text {
        std::string operator()(const Earliest& /*place*/) const { return "earliest"; }
        std::string operator()(const Latest& /*place*/) const { return "latest"; }
        std::string operator()(const Offset& place) const { return "offset:" + std::to_string(place.offset); }
        std::string operator()(const PartitionOffsets& place) const {
            std::string text;
            for (const auto& [partition, offset] : place.offsets) {
                text += (text.empty() ? "offset:" : ",") + std::to_string(partition) + "=" +
                        std::to_string(offset);
            }
            return text;
        }
        std::string operator()(const Time& place) const { return "time:" + format_time(place.since_epoch); }
    };
    return std::visit(Text{}, place);
}

std::string format_time(std::chrono::milliseconds since_epoch) {
    return date::format("%FT%TZ", SystemTime(since_epoch));
}

}  // namespace framebridge::kafka
