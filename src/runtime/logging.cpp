#include "runtime/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "runtime/line_writer.h"
#include "runtime/log_fields.h"
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

constexpr std::size_t max_text = 4096;

std::string cut_note(std::size_t bytes) {
    return fmt::format("... ({} bytes in all)", bytes);
}

/// What a peer sends and we quote must not look like messages of ours, nor move a terminal's cursor.
void append_escaped(std::string_view text, spdlog::memory_buf_t& to) {
    const auto cut = std::min(text.size(), max_text);
    for (const char letter : text.substr(0, cut)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '\n' || letter == '\r' || letter == '\t') {
            to.push_back('\\');
            to.push_back(letter == '\n' ? 'n' : letter == '\r' ? 'r' : 't');
        } else if (byte < 0x20 || byte == 0x7f) {
            fmt::format_to(std::back_inserter(to), "\\x{:02x}", byte);
        } else {
            to.push_back(letter);
        }
    }
    if (cut < text.size()) {
        fmt::format_to(std::back_inserter(to), "{}", cut_note(text.size()));
    }
}

class OneLineText : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& to) override {
        append_escaped({message.payload.data(), message.payload.size()}, to);
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<OneLineText>();
    }
};

/// `"level":"info","adapter":"...","message":"..."`
class JsonFields : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& to) override {
        std::string text(message.payload.data(), std::min(message.payload.size(), max_text));
        if (text.size() < message.payload.size()) {
            text += cut_note(message.payload.size());
        }
        const auto level = spdlog::level::to_string_view(message.level);
        nlohmann::ordered_json fields;
        fields["level"] = std::string_view(level.data(), level.size());
        fields["adapter"] = std::string_view(message.logger_name.data(), message.logger_name.size());
        fields["message"] = text;
        for (const auto& [name, value] : LogFields::current()) {
            std::visit([&fields, key = std::string(name)](const auto& field) { fields[key] = field; }, value);
        }
        const auto json = fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        to.append(json.data() + 1, json.data() + json.size() - 1);
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<JsonFields>();
    }
};

class LineSink : public spdlog::sinks::base_sink<std::mutex> {
  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        writer_.write(std::string(line.data(), line.size()));
    }
    void flush_() override { writer_.flush(); }

  private:
    LineWriter writer_{STDERR_FILENO};
};

std::atomic<spdlog::logger*> signalled_logger{nullptr};
static_assert(std::atomic<spdlog::logger*>::is_always_lock_free, "a signal handler uses it");

// logger::level() and set_level() are an atomic load and store.
void change_level(int signal) {
    if (auto* logger = signalled_logger.load()) {
        const int now = logger->level();
        const int wanted = signal == SIGUSR1 ? now - 1 : now + 1;
        logger->set_level(static_cast<Level>(
            std::clamp(wanted, static_cast<int>(Level::trace), static_cast<int>(Level::critical))));
    }
}

}  // namespace

void init_logging(const std::string& program, const std::string& level, LogFormat format) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<UpperCaseLevel>('*').add_flag<OneLineText>('&').add_flag<JsonFields>('J').set_pattern(
        format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%J})"
                                  : "%Y-%m-%dT%H:%M:%S.%eZ %* %n: %&");
    auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<LineSink>());
    logger->set_formatter(std::move(formatter));
    logger->set_level(level_of(level).value_or(Level::info));
    signalled_logger = logger.get();
    spdlog::set_default_logger(std::move(logger));
}

void install_log_level_signals() {
    struct sigaction action{};
    action.sa_handler = change_level;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGUSR1, SIGUSR2}) {
        if (sigaction(signal, &action, nullptr) != 0) {
            throw std::system_error(errno, std::generic_category(), "sigaction");
        }
    }
}

void print_line(const std::string& text) {
    static LineWriter writer(STDOUT_FILENO);
    writer.write(text + '\n');
}

bool is_log_level(const std::string& level) {
    return level_of(level).has_value();
}

}  // namespace framebridge::runtime
