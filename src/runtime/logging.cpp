#include "runtime/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <regex>
#include <string_view>
#include <utility>

#include "runtime/text.h"

namespace framebridge::runtime {

namespace {

using Level = spdlog::level::level_enum;

std::optional<Level> level_of_word(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Level>, 10> levels{{{"trace", Level::trace},
                                                                         {"debug", Level::debug},
                                                                         {"info", Level::info},
                                                                         {"warning", Level::warn},
                                                                         {"warn", Level::warn},
                                                                         {"error", Level::err},
                                                                         {"critical", Level::critical},
                                                                         {"fatal", Level::critical},
                                                                         {"notset", Level::trace},
                                                                         {"off", Level::off}}};
    std::string word(text);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    for (const auto& [name, level] : levels) {
        if (name == word) {
            return level;
        }
    }
    return std::nullopt;
}

/// How closely a target of Savant's means us: 0 if it is about other loggers.
std::size_t closeness(std::string_view target) {
    constexpr std::string_view logger = "savant.adapters.kafka_redis";
    const bool above =
        logger.starts_with(target) && (logger.size() == target.size() || logger[target.size()] == '.');
    return above || target.starts_with(std::string(logger) + ".") ? target.size() : 0;
}

/// A level, or Savant's list of them: `info,savant::adapters=debug,savant_rs=warn`. A level without a target
/// counts for all that is Savant's, a target without a level means info.
std::optional<Level> level_of(const std::string& text) {
    constexpr std::string_view all = "savant";
    auto level = Level::info;
    std::size_t closest = 0;
    bool empty = true;
    for (const auto& directive : split_at_commas(std::regex_replace(text, std::regex("::"), "."))) {
        empty = false;
        const auto equals = directive.find('=');
        const auto word = level_of_word(
            equals == std::string::npos ? directive : std::string_view(directive).substr(equals + 1));
        std::string_view target = std::string_view(directive).substr(0, equals);
        if (equals == std::string::npos && word) {
            target = all;
        } else if (!word && (equals != std::string::npos || !target.starts_with(all))) {
            return std::nullopt;
        }
        if (closeness(target) < std::max<std::size_t>(closest, 1)) {
            continue;
        }
        closest = closeness(target);
        level = word.value_or(Level::info);
    }
    return empty ? std::nullopt : std::optional(level);
}

class UpperCaseLevel : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& to) override {
        for (const char letter : spdlog::level::to_string_view(message.level)) {
            to.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(letter))));
        }
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<UpperCaseLevel>();
    }
};

/// The text on one line: what a peer sends and we quote must not look like messages of ours.
class OneLineText : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& to) override {
        for (const char letter : message.payload) {
            if (letter == '\n' || letter == '\r') {
                to.push_back('\\');
                to.push_back(letter == '\n' ? 'n' : 'r');
            } else {
                to.push_back(letter);
            }
        }
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<OneLineText>();
    }
};

}  // namespace

void init_logging(const std::string& program, const std::string& level) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<UpperCaseLevel>('*').add_flag<OneLineText>('&').set_pattern(
        "%Y-%m-%d %H:%M:%S.%e %* %n: %&");
    auto logger =
        std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::move(formatter));
    logger->set_level(level_of(level).value_or(Level::info));
    spdlog::set_default_logger(std::move(logger));
}

bool is_log_level(const std::string& level) {
    return level_of(level).has_value();
}

}  // namespace framebridge::runtime
