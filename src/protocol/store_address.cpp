#include "framebridge/protocol/store_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
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

// One spelling for each host: `LOCALHOST.` is `localhost`, `127.1` is `127.0.0.1`, `::ffff:127.0.0.1` as
// well.
std::string canonical(std::string host) {
    while (host.size() > 1 && host.back() == '.') {
        host.pop_back();
    }
    in6_addr ipv6{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_pton(AF_INET6, host.c_str(), &ipv6) == 1) {
        const bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&ipv6);
        const void* bytes = is_ipv4 ? static_cast<const void*>(&ipv6.s6_addr[12]) : &ipv6;
        return inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
    }
    in_addr ipv4{};
    if (inet_aton(host.c_str(), &ipv4) != 0) {
        return inet_ntop(AF_INET, &ipv4, text.data(), text.size());
    }
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return host;
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
        return problem("the host is not one (an IPv6 address is written in brackets); " + expected);
    }
    const auto port = parse_number<std::uint16_t>(text.substr(port_colon + 1, db_colon - port_colon - 1));
    if (!port || *port == 0) {
        return problem("the port is not a number from 1 to 65535; " + expected);
    }
    const auto db = parse_number<std::uint32_t>(text.substr(db_colon + 1));
    if (!db) {
        return problem("the database is not a number; " + expected);
    }
    return StoreAddress{canonical(std::string(host)), *port, *db};
}

}  // namespace framebridge::protocol
