#include <algorithm>
#include <numeric>
#include <utility>

#include "options/setting.h"

namespace framebridge::options {

namespace {

/// How many letters must be put in, taken out or replaced (Levenshtein).
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

std::string closest_name(std::string_view name, const std::vector<std::string>& names) {
    std::string closest;
    std::size_t nearest = std::max<std::size_t>(2, name.size() / 5) + 1;
    for (const std::string& candidate : names) {
        if (const auto distance = edit_distance(name, candidate); distance < nearest) {
            nearest = distance;
            closest = candidate;
        }
    }
    return closest;
}

}  // namespace framebridge::options
