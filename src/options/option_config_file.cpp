#include <spdlog/fmt/fmt.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "options/option_sources.h"
#include "options/option_values.h"

namespace framebridge::options {

namespace {

/// The text of a single value; nullopt for tables, arrays and dates.
std::optional<std::string> scalar_text(const toml::node& node) {
    if (const auto* text = node.as_string()) {
        return text->get();
    }
    if (const auto* number = node.as_integer()) {
        return std::to_string(number->get());
    }
    if (const auto* number = node.as_floating_point()) {
        return fmt::format("{}", number->get());
    }
    if (const auto* flag = node.as_boolean()) {
        return flag->get() ? "true" : "false";
    }
    return std::nullopt;
}

/// A table as `key=value` texts; `linger.ms = 5` is a table within a table to TOML, and one key to us.
bool flatten(const toml::table& table, const std::string& prefix, std::vector<std::string>& texts) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        if (const auto text = scalar_text(node)) {
            texts.push_back(name + "=" + *text);
        } else if (!node.is_table() || !flatten(*node.as_table(), name + ".", texts)) {
            return false;
        }
    }
    return true;
}

std::optional<std::vector<std::string>> texts_of(const toml::node& node, const Setting& setting) {
    if (const auto text = scalar_text(node)) {
        return std::vector{*text};
    }
    std::vector<std::string> texts;
    if (const auto* table = node.as_table(); table != nullptr && setting.kind == Setting::Kind::map) {
        return flatten(*table, "", texts) ? std::optional(texts) : std::nullopt;
    }
    if (const auto* array = node.as_array(); array != nullptr && setting.repeatable()) {
        for (const auto& item : *array) {
            const auto text = scalar_text(item);
            if (!text) {
                return std::nullopt;
            }
            texts.push_back(*text);
        }
        return texts;
    }
    return std::nullopt;
}

std::string toml_text(const std::string& text) {
    std::ostringstream out;
    out << toml::value<std::string>(text);
    return out.str();
}

std::string toml_value(const Setting& setting, const std::string& text) {
    static const std::regex number("-?(0|[1-9][0-9]{0,17})(\\.[0-9]+)?");
    if (setting.kind == Setting::Kind::number && std::regex_match(text, number)) {
        return text;
    }
    if (setting.kind == Setting::Kind::flag) {
        if (const auto flag = parse_bool(text).value) {
            return *flag ? "true" : "false";
        }
    }
    return toml_text(text);
}

std::string toml_list(const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) {
        list += (list.empty() ? "" : ", ") + toml_text(text);
    }
    return "[" + list + "]";
}

/// The lines of one setting: what is not given, or is secret, stands there as a comment.
std::string config_lines(const Setting& setting) {
    const std::string key = setting.key();
    if (!setting.given()) {
        if (setting.default_text.empty() || setting.repeatable()) {
            return fmt::format("# {} is not set\n", key);
        }
        const auto value = setting.spec.secret ? "***" : toml_value(setting, setting.default_text);
        return fmt::format("# {} = {}  # default\n", key, value);
    }
    if (setting.spec.secret) {
        return fmt::format("# {} = ***  # {}\n", key, setting.source);
    }
    if (!setting.repeatable()) {
        return fmt::format("{} = {}  # {}\n", key, toml_value(setting, setting.texts.back()), setting.source);
    }
    std::vector<std::string> shown;
    std::string lines;
    for (const std::string& text : setting.texts) {
        const std::string entry = text.substr(0, text.find('='));
        if (setting.kind == Setting::Kind::map && is_secret_key(entry)) {
            lines += fmt::format("# {}: {}=***  # {}\n", key, entry, setting.source);
        } else {
            shown.push_back(text);
        }
    }
    return fmt::format("{} = {}  # {}\n", key, toml_list(shown), setting.source) + lines;
}

}  // namespace

ConfigFile read_config_file(const std::string& path, const std::vector<Setting>& settings) {
    ConfigFile result;
    const auto unreadable = [&](const std::string& problem) {
        result.readable = false;
        result.problems.push_back(problem);
        return result;
    };
    std::ifstream file(path);
    std::error_code ignored;
    if (!file || std::filesystem::is_directory(path, ignored)) {
        return unreadable(
            fmt::format("--config: '{}' cannot be read: it must be a file that this user may read", path));
    }
    toml::table table;
    try {
        table = toml::parse(file, path);
    } catch (const toml::parse_error& error) {
        return unreadable(
            fmt::format("{}:{}: not TOML: {}", path, error.source().begin.line, error.description()));
    }
    std::vector<std::string> keys;
    for (const Setting& setting : settings) {
        if (setting.in_file) {
            keys.push_back(setting.key());
        }
    }
    for (const auto& [toml_key, node] : table) {
        const std::string key(toml_key.str());
        const std::string place = fmt::format("{}:{}", path, toml_key.source().begin.line);
        const auto setting = std::find_if(settings.begin(), settings.end(), [&](const Setting& candidate) {
            return candidate.in_file && candidate.key() == key;
        });
        if (setting == settings.end()) {
            const std::string meant = closest_name(key, keys);
            result.problems.push_back(fmt::format("{}: '{}': there is no such option{}", place, key,
                                                  meant.empty() ? "" : "; did you mean '" + meant + "'?"));
        } else if (auto texts = texts_of(node, *setting)) {
            result.values[setting->spec.flag] = {std::move(*texts), place};
        } else {
            result.problems.push_back(fmt::format("{}: '{}' takes {}", place, key,
                                                  setting->kind == Setting::Kind::map
                                                      ? "a table or a list of key=value"
                                                  : setting->repeatable() ? "a list of texts"
                                                                          : "a single value"));
        }
    }
    return result;
}

std::string print_config(const std::string& program, const std::vector<Setting>& settings) {
    std::string text = fmt::format(
        "# The settings of {}, for --config. What stands behind a # has its default, or is secret.\n",
        program);
    std::string group;
    for (const Setting& setting : settings) {
        if (!setting.in_file) {
            continue;
        }
        if (setting.group != group) {
            text += "\n# " + setting.group + "\n";
        }
        group = setting.group;
        text += config_lines(setting);
    }
    return text;
}

}  // namespace framebridge::options
