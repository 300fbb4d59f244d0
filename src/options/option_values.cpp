#include "options/option_values.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "runtime/text.h"

namespace framebridge::options {

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

std::string_view without_plus(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
        text.remove_prefix(1);
    }
    return text;
}

template <typename Number>
std::optional<Number> read_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

/// Digits without the `_` between them; a `_` anywhere else makes it no number.
std::string without_separators(std::string_view text) {
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool between = i > 0 && i + 1 < text.size() &&
                             std::isdigit(static_cast<unsigned char>(text[i - 1])) &&
                             std::isdigit(static_cast<unsigned char>(text[i + 1]));
        if (text[i] != '_' || !between) {
            digits += text[i];
        }
    }
    return digits;
}

template <typename Value>
std::string range_text(Value least, Value most, bool unlimited_below, bool unlimited_above) {
    if (unlimited_above) {
        return unlimited_below ? "" : fmt::format(" of at least {}", least);
    }
    return fmt::format(" from {} to {}", least, most);
}

constexpr std::array<std::pair<std::string_view, std::size_t>, 8> byte_suffixes{{{"", 1},
                                                                                 {"b", 1},
                                                                                 {"kb", 1'000},
                                                                                 {"mb", 1'000'000},
                                                                                 {"gb", 1'000'000'000},
                                                                                 {"kib", 1UL << 10U},
                                                                                 {"mib", 1UL << 20U},
                                                                                 {"gib", 1UL << 30U}}};

std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

template <typename Integer>
Parsed<Integer> parse_integer(const std::string& text, Integer least, Integer most) {
    const auto number = read_number<Integer>(without_plus(without_separators(runtime::trimmed(text))));
    if (number && *number >= least && *number <= most) {
        return {number, {}};
    }
    using Limits = std::numeric_limits<Integer>;
    std::string problem = fmt::format("'{}' is not a whole number{}", text,
                                      range_text(least, most, least == Limits::min() && Limits::is_signed,
                                                 most == Limits::max() && sizeof(Integer) == 8));
    if (text.starts_with("tcp://")) {
        problem +=
            " (Kubernetes sets such a variable for a service of that name: enableServiceLinks: false in the "
            "pod's spec turns it off)";
    }
    return {std::nullopt, problem};
}

template Parsed<std::int64_t> parse_integer(const std::string&, std::int64_t, std::int64_t);
template Parsed<std::uint64_t> parse_integer(const std::string&, std::uint64_t, std::uint64_t);

Parsed<bool> parse_bool(const std::string& text) {
    const std::string word = lower(runtime::trimmed(text));
    for (const auto* yes : {"y", "yes", "t", "true", "on", "1"}) {
        if (word == yes) {
            return {true, {}};
        }
    }
    for (const auto* no : {"n", "no", "f", "false", "off", "0"}) {
        if (word == no) {
            return {false, {}};
        }
    }
    return {std::nullopt, fmt::format("'{}' is neither true nor false (also: yes, on, 1, no, off, 0)", text)};
}

Parsed<std::chrono::milliseconds> parse_seconds(const std::string& text, Range range_ms) {
    const auto seconds = read_number<double>(without_plus(runtime::trimmed(text)));
    // The comparison is made in seconds: what does not fit into milliseconds must not be converted.
    constexpr double most_representable = 9e15;
    if (seconds && std::isfinite(*seconds) && std::abs(*seconds) < most_representable) {
        auto milliseconds = std::llround(*seconds * 1000);
        if (milliseconds == 0 && *seconds > 0) {
            milliseconds = 1;
        }
        if (milliseconds >= range_ms.least && milliseconds <= range_ms.most) {
            return {std::chrono::milliseconds(milliseconds), {}};
        }
    }
    using Limits = std::numeric_limits<std::int64_t>;
    return {std::nullopt,
            fmt::format("'{}' is not a number of seconds{}", text,
                        range_text(format_seconds(std::chrono::milliseconds(range_ms.least)),
                                   format_seconds(std::chrono::milliseconds(range_ms.most)),
                                   range_ms.least == Limits::min(), range_ms.most == Limits::max()))};
}

Parsed<std::size_t> parse_bytes(const std::string& text, Range range) {
    const std::string size = lower(runtime::trimmed(text));
    const auto suffix_start = std::min(size.find_first_not_of("0123456789._+"), size.size());
    const auto number =
        read_number<double>(without_plus(without_separators(runtime::trimmed(size.substr(0, suffix_start)))));
    const std::string suffix(runtime::trimmed(size.substr(suffix_start)));
    const auto* unit = std::find_if(byte_suffixes.begin(), byte_suffixes.end(),
                                    [&](const auto& known) { return known.first == suffix; });
    constexpr double most_representable = 9e15;
    if (number && *number >= 0 && unit != byte_suffixes.end()) {
        const double bytes = *number * static_cast<double>(unit->second);
        if (bytes < most_representable && bytes >= static_cast<double>(range.least) &&
            bytes <= static_cast<double>(range.most)) {
            return {static_cast<std::size_t>(bytes), {}};
        }
    }
    const auto least = static_cast<std::size_t>(std::max<std::int64_t>(0, range.least));
    return {
        std::nullopt,
        fmt::format("'{}' is not a size in bytes{} (with B, kB, KiB, MB, MiB, GB or GiB after it if needed)",
                    text,
                    range_text(format_bytes(least), format_bytes(static_cast<std::size_t>(range.most)), false,
                               range.most == std::numeric_limits<std::int64_t>::max()))};
}

std::string format_seconds(std::chrono::milliseconds duration) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration);
    if (whole == duration) {
        return std::to_string(whole.count());
    }
    return fmt::format("{}", static_cast<double>(duration.count()) / 1000);
}

std::string format_bytes(std::size_t bytes) {
    for (const auto& [suffix, shift] :
         {std::pair{"GiB", 30U}, std::pair{"MiB", 20U}, std::pair{"KiB", 10U}}) {
        const std::size_t units = bytes >> shift;
        if (units > 0 && units << shift == bytes) {
            return fmt::format("{}{}", units, suffix);
        }
    }
    return std::to_string(bytes);
}

std::string closest_name(std::string_view name, const std::vector<std::string>& names) {
    const std::size_t near_enough = std::max<std::size_t>(2, name.size() / 5);
    std::string closest;
    std::size_t least = near_enough + 1;
    for (const std::string& candidate : names) {
        if (const auto distance = edit_distance(name, candidate); distance < least) {
            least = distance;
            closest = candidate;
        }
    }
    return closest;
}

}  // namespace framebridge::options
