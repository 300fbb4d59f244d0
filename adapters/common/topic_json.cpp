#include "common/topic_json.h"

#include <nlohmann/json.hpp>

namespace framebridge {

namespace {

Result<std::string> property_text(const std::string& key, const nlohmann::json& value) {
    if (value.is_structured() || value.is_null()) {
        return problem("the value of '" + key + "' is neither text, number nor boolean");
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

Result<int> count(const std::string& key, const nlohmann::json& value, int max) {
    if (!value.is_number_integer() || value < 1 || value > max) {
        return problem("the value of '" + key + "' is not a whole number from 1 to " + std::to_string(max));
    }
    return value.get<int>();
}

Result<std::map<std::string, std::string>> properties(const nlohmann::json& json) {
    std::map<std::string, std::string> config;
    for (const auto& [key, value] : json.items()) {
        auto text = property_text(key, value);
        if (!text) {
            return tl::unexpected(text.error());
        }
        config[key] = *std::move(text);
    }
    return config;
}

}  // namespace

Result<TopicJson> TopicJson::parse(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return problem("'" + std::string(text) + "' is not a JSON object such as {\"retention.ms\": 300000}");
    }
    TopicJson topic;
    const auto nested = json.find("config");
    const bool whole_topic = nested != json.end() && nested->is_object();
    for (const auto& [key, value] : json.items()) {
        if (!whole_topic || key == "config") {
            continue;
        }
        const bool partitions = key == "num_partitions";
        if (!partitions && key != "replication_factor") {
            return problem("beside 'config' there can be num_partitions and replication_factor, not '" + key +
                           "'");
        }
        const auto number = count(key, value, partitions ? max_partitions : max_replicas);
        if (!number) {
            return tl::unexpected(number.error());
        }
        (partitions ? topic.partitions : topic.replication_factor) = *number;
    }
    return properties(whole_topic ? *nested : json).map([&](auto config) {
        topic.config = std::move(config);
        return topic;
    });
}

std::string TopicJson::to_string() const {
    return nlohmann::json(config).dump();
}

}  // namespace framebridge
