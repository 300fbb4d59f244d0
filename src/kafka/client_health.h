#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "kafka/handles.h"

namespace framebridge::kafka {

/// Whether a client reaches its brokers, by its events and its periodic statistics.
class ClientHealth {
  public:
    explicit ClientHealth(std::string brokers) : brokers_(std::move(brokers)) {}

    /// A broker did what it was asked for.
    void reached();
    /// An RD_KAFKA_EVENT_ERROR's code and text.
    void error(rd_kafka_resp_err_t code, std::string_view text);
    /// An RD_KAFKA_EVENT_STATS's content.
    void statistics(const nlohmann::json& statistics);
    /// Why no broker is reached, in one sentence; empty if one is.
    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    void unreachable(std::string_view reason);

    std::string brokers_;
    std::string last_error_;
    std::string problem_;
    int silent_statistics_ = 0;
};

/// An RD_KAFKA_EVENT_STATS's text; an empty object for what does not parse.
nlohmann::json parse_statistics(std::string_view text);

}  // namespace framebridge::kafka
