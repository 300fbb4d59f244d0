#include "kafka/client_health.h"

#include <algorithm>

namespace framebridge::kafka {

void ClientHealth::statistics(const nlohmann::json& statistics) {
    const auto brokers = statistics.find("brokers");
    if (brokers == statistics.end()) {
        return;
    }
    const auto up = [](const nlohmann::json& broker) { return broker.value("state", "") == "UP"; };
    if (std::any_of(brokers->begin(), brokers->end(), up)) {
        reachable_ = true;
    }
}

nlohmann::json parse_statistics(std::string_view text) {
    auto statistics = nlohmann::json::parse(text, nullptr, false);
    return statistics.is_object() ? statistics : nlohmann::json::object();
}

}  // namespace framebridge::kafka
