#include "store/redis_config.h"

namespace framebridge::store {

std::string describe(const RedisConfig& config) {
    std::string text = config.address.to_string();
    if (!config.unix_socket.empty()) {
        text += " (" + config.unix_socket + ')';
    }
    return text;
}

}  // namespace framebridge::store
