#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>
#include <utility>

#include "runtime/rate_limit.h"

namespace framebridge::runtime {

/// Logs one line per interval (5 s by default); the next one says how many were held back.
class LogLimit {
  public:
    using Clock = RateLimit::Clock;
    LogLimit() = default;
    explicit LogLimit(Clock::duration interval) : limit_(interval) {}

    template <typename... Arguments>
    void log(spdlog::level::level_enum level, spdlog::format_string_t<Arguments...> format,
             Arguments&&... arguments) {
        const auto held_back = limit_.pass();
        if (!held_back) {
            return;
        }
        const auto text = fmt::format(format, std::forward<Arguments>(arguments)...);
        if (*held_back == 0) {
            spdlog::log(level, "{}", text);
        } else {
            spdlog::log(level, "{} ({} more since the last such line)", text, *held_back);
        }
    }
    template <typename... Arguments>
    void warn(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
        log(spdlog::level::warn, format, std::forward<Arguments>(arguments)...);
    }
    template <typename... Arguments>
    void error(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
        log(spdlog::level::err, format, std::forward<Arguments>(arguments)...);
    }

  private:
    RateLimit limit_;
};

}  // namespace framebridge::runtime
