#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options/options.h"

namespace framebridge::options {

/// What a text says, or what is wrong with it.
template <typename Value>
struct Parsed {
    std::optional<Value> value;
    std::string problem;
};

/// As Python's int(): blanks around it, a sign and `_` between digits are fine.
template <typename Integer>
Parsed<Integer> parse_integer(const std::string& text, Integer least, Integer most);
/// The spellings of Python's strtobool.
Parsed<bool> parse_bool(const std::string& text);
/// A duration in seconds as Python's float(), rounded to milliseconds, never to zero.
Parsed<std::chrono::milliseconds> parse_seconds(const std::string& text, Range range_ms);
Parsed<std::size_t> parse_bytes(const std::string& text, Range range);

std::string format_seconds(std::chrono::milliseconds duration);
std::string format_bytes(std::size_t bytes);

/// The most similar of `names` if it is near enough to be what was meant, else empty.
std::string closest_name(std::string_view name, const std::vector<std::string>& names);

}  // namespace framebridge::options
