#include "kafka_redis_source/store_policy.h"

#include <algorithm>
#include <utility>

namespace framebridge::source {

std::string_view to_string(StoreRefusal refusal) {
    switch (refusal) {
        case StoreRefusal::malformed:
            return "the location is not host:port:db/key";
        case StoreRefusal::store_not_allowed:
            return "the store is not on the list of --store-allow";
        case StoreRefusal::key_not_allowed:
            return "--store-allow names this store with other key prefixes";
        case StoreRefusal::needs_login:
            return "a password is set, and a message's store gets it only if --store-allow or --store-alias "
                   "names that store";
    }
    return {};
}

Result<AllowedStore> AllowedStore::parse(std::string_view text) {
    const auto slash = std::min(text.find('/'), text.size());
    auto address = protocol::StoreAddress::parse(text.substr(0, slash));
    if (!address) {
        return tl::unexpected(address.error());
    }
    return AllowedStore{*std::move(address), std::string(text.substr(std::min(slash + 1, text.size())))};
}

std::string AllowedStore::to_string() const {
    return address.to_string() + (key_prefix.empty() ? "" : "/" + key_prefix);
}

StorePolicy::StorePolicy(const StoreRules& rules, Login login)
    : unreachable_limit_(rules.unreachable_limit), login_(login) {
    for (const auto& [name, route] : rules.aliases) {
        aliases_[name] = route.sentinel ? name : route.address;
    }
    for (const auto& [address, key_prefix] : rules.allowed) {
        auto prefix = key_prefix;
        if (prefix.ends_with(':')) {
            prefix.pop_back();
        }
        key_prefixes_[address].push_back(std::move(prefix));
    }
}

std::variant<StorePolicy::Target, StoreRefusal> StorePolicy::resolve(std::string_view store,
                                                                     std::string_view key) const {
    auto parsed = protocol::StoreAddress::parse(store);
    if (!parsed || key.empty()) {
        return StoreRefusal::malformed;
    }
    auto address = *std::move(parsed);
    const auto alias = aliases_.find(address);
    const auto& target = alias == aliases_.end() ? address : alias->second;
    if (alias == aliases_.end() && !key_prefixes_.contains(address)) {
        if (!names_none()) {
            return StoreRefusal::store_not_allowed;
        }
        if (login_ == Login::needed) {
            return StoreRefusal::needs_login;
        }
        return Target{std::move(address), Trust::stranger};
    }
    if (!key_allowed(address, key) || !key_allowed(target, key)) {
        return StoreRefusal::key_not_allowed;
    }
    return Target{target, Trust::named};
}

bool StorePolicy::key_allowed(const protocol::StoreAddress& address, std::string_view key) const {
    const auto found = key_prefixes_.find(address);
    if (found == key_prefixes_.end()) {
        return true;
    }
    return std::any_of(found->second.begin(), found->second.end(), [key](const std::string& prefix) {
        return prefix.empty() ||
               (key.starts_with(prefix) && (key.size() == prefix.size() || key[prefix.size()] == ':'));
    });
}

}  // namespace framebridge::source
