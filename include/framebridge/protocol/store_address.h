#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge::protocol {

/// Where a frame store is, as locations name it: `host:port:db`. An IPv6 host is written in brackets.
struct StoreAddress {
    std::string host;
    std::uint16_t port = 6379;
    std::uint32_t db = 0;

    auto operator<=>(const StoreAddress&) const =
        default;  // NOLINT(modernize-use-nullptr): it takes <=> for that
    [[nodiscard]] std::string to_string() const;

    /// The host in its one canonical spelling (lower case, numeric addresses in their short form), so that
    /// one store is one address however messages spell it. A problem does not repeat the text, which may be a
    /// stranger's.
    static Result<StoreAddress> parse(std::string_view text);
};

}  // namespace framebridge::protocol
