#include "common/dead_letter.h"

#include <fmt/chrono.h>

#include <chrono>

namespace framebridge {

kafka::RecordHeaders dead_letter_headers(std::string_view reason, const Origin& origin,
                                         std::string_view adapter) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return kafka::make_headers({
        {"framebridge-reason", std::string(reason)},
        {"framebridge-origin-topic", origin.topic},
        {"framebridge-origin-partition", std::to_string(origin.partition)},
        {"framebridge-origin-offset", std::to_string(origin.offset)},
        {"framebridge-adapter", std::string(adapter)},
        {"framebridge-time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now))},
    });
}

}  // namespace framebridge
