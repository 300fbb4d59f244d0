#include "framebridge/protocol/store_address.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace framebridge::protocol {

namespace {

constexpr std::size_t max_host_size = 253;  // RFC 1035's longest name

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_host_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

bool is_ipv6_character(char c) {
    return is_host_character(c) || c == ':' || c == '%';
}

}  // namespace

std::string StoreAddress::to_string() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port) + ':' + std::to_string(db);
}

Result<StoreAddress> StoreAddress::parse(std::string_view text) {
    // By its value a location is a stranger's: a reason does not repeat it.
    const std::string expected = "a store's address is host:port:db, as in redis.example:6379:0";
    const std::size_t db_colon = text.rfind(':');
    if (db_colon == std::string_view::npos || db_colon == 0) {
        return problem(expected);
    }
    const std::size_t port_colon = text.rfind(':', db_colon - 1);
    if (port_colon == std::string_view::npos) {
        return problem(expected);
    }
    std::string_view host = text.substr(0, port_colon);
    const bool ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (ipv6) {
        host = host.substr(1, host.size() - 2);
        if (host.find(':') == std::string_view::npos) {
            return problem("only an IPv6 address is written in brackets; " + expected);
        }
    }
    if (host.empty() || host.size() > max_host_size ||
        !std::all_of(host.begin(), host.end(), ipv6 ? is_ipv6_character : is_host_character)) {
        return problem("the host is none (an IPv6 address is written in brackets); " + expected);
    }
    const auto port = parse_number<std::uint16_t>(text.substr(port_colon + 1, db_colon - port_colon - 1));
    if (!port || *port == 0) {
        return problem("the port is no number from 1 to 65535; " + expected);
    }
    const auto db = parse_number<std::uint32_t>(text.substr(db_colon + 1));
    if (!db) {
        return problem("the database is no number; " + expected);
    }
    return StoreAddress{std::string(host), *port, *db};
}

}  // namespace framebridge::protocol
