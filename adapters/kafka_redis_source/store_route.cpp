#include "kafka_redis_source/store_route.h"

#include <algorithm>

#include "store/redis_url.h"

namespace framebridge::source {

namespace {

constexpr std::string_view sentinel_scheme = "sentinel://";

Result<StoreRoute> parse_sentinel(std::string_view text) {
    constexpr auto expected = "Sentinels are written as sentinel://host:port,host:port/MASTER/DB";
    const auto slash = std::min(text.find('/'), text.size());
    const auto sentinels = store::SentinelAddresses::parse(text.substr(0, slash));
    const auto rest = text.substr(std::min(slash + 1, text.size()));
    const auto second = std::min(rest.find('/'), rest.size());
    const auto master = rest.substr(0, second);
    const auto db = rest.substr(std::min(second + 1, rest.size()));
    const auto address =
        protocol::StoreAddress::parse("master:6379:" + (db.empty() ? std::string("0") : std::string(db)));
    if (!sentinels || sentinels->empty() || master.empty() || !address) {
        return problem(expected);
    }
    return StoreRoute{*address, std::nullopt, store::SentinelConfig{*sentinels, std::string(master)}};
}

}  // namespace

Result<StoreRoute> StoreRoute::parse(std::string_view text) {
    if (text.starts_with(sentinel_scheme)) {
        return parse_sentinel(text.substr(sentinel_scheme.size()));
    }
    if (text.find("://") == std::string_view::npos) {
        return protocol::StoreAddress::parse(text).map(
            [](auto address) { return StoreRoute{std::move(address), std::nullopt, std::nullopt}; });
    }
    const auto url = store::RedisUrl::parse(text);
    if (!url) {
        return tl::unexpected(url.error());
    }
    if (!url->username.empty() || !url->password.empty()) {
        return problem("a user and a password are given by --redis-username and --redis-password, not here");
    }
    return StoreRoute{url->address, url->tls, std::nullopt};
}

std::string StoreRoute::to_string() const {
    if (sentinel) {
        return std::string(sentinel_scheme) + sentinel->addresses.to_string() + '/' + sentinel->master + '/' +
               std::to_string(address.db);
    }
    if (!tls) {
        return address.to_string();
    }
    const auto text = address.to_string();
    const auto db = text.rfind(':');
    return (*tls ? "rediss://" : "redis://") + text.substr(0, db) + '/' + text.substr(db + 1);
}

}  // namespace framebridge::source
