#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace framebridge::runtime {

/// `text` without the white space around it.
std::string_view trimmed(std::string_view text);
/// The parts of a list that are not empty, without the white space around them.
std::vector<std::string> split_at_commas(const std::string& text);

/// The number that the whole of `text` is; nullopt if it is anything else, or does not fit.
template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

/// `text`, which may come from anywhere, as it can be logged: what is not printable UTF-8 becomes `\xNN`, and
/// of more than `max_bytes` only the beginning and the size are shown.
std::string printable(std::string_view text, std::size_t max_bytes = 200);

}  // namespace framebridge::runtime
