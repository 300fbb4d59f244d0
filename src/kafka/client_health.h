#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace framebridge::kafka {

/// Whether a client reaches a broker: what its events and its periodic statistics say.
class ClientHealth {
  public:
    void reached() { reachable_ = true; }
    void all_brokers_down() { reachable_ = false; }
    void statistics(const nlohmann::json& statistics);
    [[nodiscard]] bool reachable() const { return reachable_; }

  private:
    bool reachable_ = true;
};

/// An RD_KAFKA_EVENT_STATS's text; an empty object for what does not parse.
nlohmann::json parse_statistics(std::string_view text);

}  // namespace framebridge::kafka
