#include <spdlog/fmt/fmt.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "options/setting.h"

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
    if (const auto* table = node.as_table(); table != nullptr && setting.kind == Kind::map) {
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

}  // namespace

ConfigFile read_config_file(const std::string& path, const Settings& settings) {
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
                                                  setting->kind == Kind::map
                                                      ? "a table or a list of key=value"
                                                  : setting->repeatable() ? "a list of texts"
                                                                          : "a single value"));
        }
    }
    return result;
}

}  // namespace framebridge::options
