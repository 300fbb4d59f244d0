#include "store/redis_url.h"

#include <charconv>
#include <optional>

namespace framebridge::store {

namespace {

constexpr auto expected =
    "is not a store's URL: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS";

std::optional<std::string> decode_percent(std::string_view text) {
    std::string decoded;
    while (!text.empty()) {
        if (text.front() != '%') {
            decoded += text.front();
            text.remove_prefix(1);
            continue;
        }
        unsigned value = 0;
        const std::string_view digits = text.substr(1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) {
            return std::nullopt;
        }
        decoded += static_cast<char>(value);
        text.remove_prefix(3);
    }
    return decoded;
}

}  // namespace

std::string RedisUrl::to_string() const {
    if (address.host.empty()) {
        return {};
    }
    std::string text = (tls ? "rediss://" : "redis://") + address.to_string();
    text[text.rfind(':')] = '/';
    return text;
}

Result<RedisUrl> RedisUrl::parse(std::string_view text) {
    RedisUrl url;
    url.tls = text.starts_with("rediss://");
    if (!url.tls && !text.starts_with("redis://")) {
        return problem(expected);
    }
    text.remove_prefix(url.tls ? 9 : 8);
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        const std::string_view login = text.substr(0, at);
        const std::size_t colon = login.find(':');
        const auto user = decode_percent(login.substr(0, colon));
        const auto password =
            decode_percent(colon == std::string_view::npos ? std::string_view{} : login.substr(colon + 1));
        if (!user || !password) {
            return problem(expected);
        }
        url.username = *user;
        url.password = *password;
        text.remove_prefix(at + 1);
    }
    const std::size_t slash = text.find('/');
    const std::string_view db = slash == std::string_view::npos ? "" : text.substr(slash + 1);
    std::string place(text.substr(0, slash));
    const bool has_port = !place.ends_with(']') && place.find(':') != std::string::npos;
    place += has_port ? "" : ":6379";
    const auto address = protocol::StoreAddress::parse(place + ':' + (db.empty() ? "0" : std::string(db)));
    if (!address) {
        return problem(expected);
    }
    url.address = *address;
    return url;
}

}  // namespace framebridge::store
