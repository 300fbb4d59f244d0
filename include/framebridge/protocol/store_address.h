#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace framebridge::protocol {

/// Where a frame store is, as locations name it: `host:port:db`. An IPv6 host is written in brackets.
struct StoreAddress {
    std::string host;
    std::uint16_t port = 6379;
    std::uint32_t db = 0;

    auto operator<=>(const StoreAddress&) const =
        default;  // NOLINT(modernize-use-nullptr): it takes <=> for that
    [[nodiscard]] std::string to_string() const;

    /// The address, or why `text` is none.
    static std::variant<StoreAddress, std::string> parse(std::string_view text);
};

}  // namespace framebridge::protocol
