#include "kafka/client_health.h"

#include <cstdint>

namespace framebridge::kafka {
namespace {

/// A broker that owes an answer for so long is frozen, or unreachable without a word. In microseconds.
constexpr std::int64_t silence_limit = 4'000'000;
/// A request that follows a long pause finds the broker silent for that long: so once is not enough.
constexpr int max_silent_statistics = 2;

}  // namespace

void ClientHealth::reached() {
    problem_.clear();
    last_error_.clear();
    silent_statistics_ = 0;
}

void ClientHealth::error(rd_kafka_resp_err_t code, std::string_view text) {
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        unreachable(last_error_.empty() ? text : std::string_view(last_error_));
        return;
    }
    last_error_ = text;
    if (!problem_.empty()) {
        unreachable(text);
    }
}

void ClientHealth::unreachable(std::string_view reason) {
    problem_ = "Kafka does not answer (" + brokers_ + "): " + std::string(reason);
}

void ClientHealth::statistics(const nlohmann::json& statistics) {
    const auto brokers = statistics.find("brokers");
    if (brokers == statistics.end()) {
        return;
    }
    bool silent = false;
    for (const auto& broker : *brokers) {
        if (broker.value("state", "") != "UP") {
            continue;
        }
        if (broker.value("rxidle", silence_limit) < silence_limit) {
            reached();
            return;
        }
        silent = silent || broker.value("waitresp_cnt", 0) > 0;
    }
    silent_statistics_ = silent ? silent_statistics_ + 1 : 0;
    if (silent_statistics_ >= max_silent_statistics) {
        unreachable("connected, but requests stay without an answer");
    }
}

nlohmann::json parse_statistics(std::string_view text) {
    auto statistics = nlohmann::json::parse(text, nullptr, false);
    return statistics.is_object() ? statistics : nlohmann::json::object();
}

}  // namespace framebridge::kafka
