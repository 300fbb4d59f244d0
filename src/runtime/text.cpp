#include "runtime/text.h"

#include <algorithm>

namespace framebridge::runtime {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (start <= text.size()) {
        const auto end = std::min(text.find(',', start), text.size());
        if (const auto part = trimmed(std::string_view(text).substr(start, end - start)); !part.empty()) {
            parts.emplace_back(part);
        }
        start = end + 1;
    }
    return parts;
}

namespace {

// How many bytes the printable UTF-8 character at the beginning of `text` has; 0: there is not one.
std::size_t printable_size(std::string_view text) {
    const auto byte = [&text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    }
    const std::size_t size = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (size == 0 || first > 0xf4 || text.size() < size) {
        return 0;
    }
    for (std::size_t index = 1; index < size; ++index) {
        if ((byte(index) & 0xc0U) != 0x80) {
            return 0;
        }
    }
    // U+0080 to U+009F control terminals; the others are overlong, surrogates, or beyond Unicode.
    const bool refused = (first == 0xc2 && byte(1) < 0xa0) || (first == 0xe0 && byte(1) < 0xa0) ||
                         (first == 0xed && byte(1) > 0x9f) || (first == 0xf0 && byte(1) < 0x90) ||
                         (first == 0xf4 && byte(1) > 0x8f);
    return refused ? 0 : size;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        if (text.size() - rest.size() >= max_bytes) {
            return out + "... (" + std::to_string(text.size()) + " bytes)";
        }
        const std::size_t size = printable_size(rest);
        if (size > 0) {
            out.append(rest, 0, size);
        } else {
            const auto byte = static_cast<unsigned char>(rest.front());
            out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 0xfU]);
        }
        rest.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

}  // namespace framebridge::runtime
