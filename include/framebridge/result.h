#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace framebridge {

/// Why something cannot be read, and where in it.
struct Problem {
    std::string reason;
    std::string place = {};  ///< A byte offset, a line, a key; empty where the whole is meant.

    bool operator==(const Problem&) const = default;
    [[nodiscard]] std::string to_string() const {
        return place.empty() ? reason : reason + " (" + place + ")";
    }
};

/// What was read, or why it cannot be.
template <typename T>
using Result = tl::expected<T, Problem>;

/// A Result that is a problem: `return problem("the port is missing");`
inline tl::unexpected<Problem> problem(std::string reason, std::string place = {}) {
    return tl::unexpected<Problem>(Problem{std::move(reason), std::move(place)});
}

}  // namespace framebridge
