#include "options/syntax.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <cctype>
#include <cmath>

namespace framebridge::options {

namespace {

using runtime::parse_number;
using runtime::trimmed;
using std::chrono::milliseconds;

constexpr double max_representable = 9e15;  // what a double counts exactly

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/// A number as Python writes it, for from_chars: without a `+`, and without the `_` between digits; a `_`
/// anywhere else makes it no number.
std::string plain(std::string_view text) {
    text = trimmed(text);
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
        text.remove_prefix(1);
    }
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool between = i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
        if (text[i] != '_' || !between) {
            digits += text[i];
        }
    }
    return digits;
}

/// " of at least 1", " from 1 to 5", or nothing where there is no limit.
template <typename Value, typename Format>
std::string range_text(Value min, Value max, Format format) {
    using Limits = std::numeric_limits<Value>;
    if (max == Limits::max()) {
        return min == Limits::min() && Limits::is_signed ? "" : " of at least " + format(min);
    }
    return " from " + format(min) + " to " + format(max);
}

constexpr std::array<std::pair<std::string_view, std::size_t>, 8> byte_suffixes{{{"", 1},
                                                                                 {"b", 1},
                                                                                 {"kb", 1'000},
                                                                                 {"mb", 1'000'000},
                                                                                 {"gb", 1'000'000'000},
                                                                                 {"kib", 1UL << 10U},
                                                                                 {"mib", 1UL << 20U},
                                                                                 {"gib", 1UL << 30U}}};

}  // namespace

Result<bool> Switch::parse(std::string_view text) {
    const std::string word = lower(trimmed(text));
    for (const auto* yes : {"y", "yes", "t", "true", "on", "1"}) {
        if (word == yes) {
            return true;
        }
    }
    for (const auto* no : {"n", "no", "f", "false", "off", "0"}) {
        if (word == no) {
            return false;
        }
    }
    return problem(fmt::format("'{}' is neither true nor false (also: yes, on, 1, no, off, 0)", text));
}

Result<std::int64_t> Number::parse(std::string_view text) const {
    const auto number = parse_number<std::int64_t>(plain(text));
    if (number == 0 && zero_means != 0) {
        return zero_means;
    }
    if (number && *number >= min && *number <= max) {
        return *number;
    }
    const auto least = zero_means != 0 ? 0 : min;
    return problem(fmt::format(
        "'{}' is not a whole number{}{}", text,
        range_text(least, max, [](std::int64_t limit) { return std::to_string(limit); }),
        text.starts_with("tcp://") ? " (Kubernetes sets such a variable for a service of that name: "
                                     "enableServiceLinks: false in the pod's spec turns it off)"
                                   : ""));
}

Result<milliseconds> Seconds::parse(std::string_view text) const {
    const auto seconds = parse_number<double>(plain(text));
    // Compared in seconds: what does not fit into milliseconds must not be converted.
    if (seconds && std::isfinite(*seconds) && std::abs(*seconds) < max_representable) {
        milliseconds duration(std::llround(*seconds * 1000));
        if (duration.count() == 0 && *seconds > 0) {
            duration = milliseconds(1);
        }
        if (duration >= min && duration <= max) {
            return duration;
        }
    }
    return problem(fmt::format(
        "'{}' is not a number of seconds{}", text,
        range_text(min.count(), max.count(), [](auto count) { return Seconds::text(milliseconds(count)); })));
}

std::string Seconds::text(milliseconds value) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(value);
    return whole == value ? std::to_string(whole.count())
                          : fmt::format("{}", static_cast<double>(value.count()) / 1000);
}

Result<milliseconds> Milliseconds::parse(std::string_view text) const {
    return Number{min.count(), max.count()}.parse(text).map([](auto count) { return milliseconds(count); });
}

Result<std::size_t> Bytes::parse(std::string_view text) const {
    const std::string size = lower(trimmed(text));
    const auto suffix_start = std::min(size.find_first_not_of("0123456789._+"), size.size());
    const auto number = parse_number<double>(plain(std::string_view(size).substr(0, suffix_start)));
    const auto suffix = trimmed(std::string_view(size).substr(suffix_start));
    const auto* unit = std::find_if(byte_suffixes.begin(), byte_suffixes.end(),
                                    [&](const auto& known) { return known.first == suffix; });
    if (number && *number >= 0 && unit != byte_suffixes.end()) {
        const double bytes = *number * static_cast<double>(unit->second);
        if (bytes < max_representable && static_cast<std::size_t>(bytes) >= min &&
            static_cast<std::size_t>(bytes) <= max) {
            return static_cast<std::size_t>(bytes);
        }
    }
    return problem(
        fmt::format("'{}' is not a size in bytes{} (with B, kB, KiB, MB, MiB, GB or GiB after it if needed)",
                    text, range_text(min, max, Bytes::text)));
}

std::string Bytes::text(std::size_t value) {
    for (const auto& [suffix, shift] :
         {std::pair{"GiB", 30U}, std::pair{"MiB", 20U}, std::pair{"KiB", 10U}}) {
        const std::size_t units = value >> shift;
        if (units > 0 && units << shift == value) {
            return std::to_string(units) + suffix;
        }
    }
    return std::to_string(value);
}

Result<Entry> Entry::parse(std::string_view text) {
    const auto equals = text.find('=');
    const auto key = trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || key.empty()) {
        return problem("'" + runtime::shown_entry(text) + "' is not key=value");
    }
    return Entry{std::string(key), std::string(trimmed(text.substr(equals + 1)))};
}

}  // namespace framebridge::options
