#include "store/redis_config.h"

#include <algorithm>

namespace framebridge::store {

Result<SentinelAddresses> SentinelAddresses::parse(std::string_view text) {
    SentinelAddresses addresses;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto address = protocol::StoreAddress::parse(std::string(text.substr(0, comma)) + ":0");
        if (!address) {
            return problem("is not a list of Sentinels: host:port,host:port");
        }
        addresses.push_back(*address);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return addresses;
}

std::string SentinelAddresses::to_string() const {
    std::string text;
    for (const auto& address : *this) {
        const auto with_database = address.to_string();
        text += (text.empty() ? "" : ",") + with_database.substr(0, with_database.rfind(':'));
    }
    return text;
}

std::string describe(const RedisConfig& config) {
    std::string text = config.address.to_string();
    if (config.sentinel) {
        text += " (master '" + config.sentinel->master + "' of the Sentinels " +
                config.sentinel->addresses.to_string() + ')';
    } else if (!config.unix_socket.empty()) {
        text += " (" + config.unix_socket + ')';
    }
    return text;
}

}  // namespace framebridge::store
