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

}  // namespace framebridge::runtime
