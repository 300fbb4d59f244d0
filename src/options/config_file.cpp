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

/// Reads one config file, which is of one program, or of a fleet of them.
class Reader {
  public:
    Reader(const ConfigSource& source, const ProgramTexts& program, const Settings& settings)
        : source_(source), program_(program), settings_(settings) {}

    ConfigFile read() {
        toml::table table;
        if (!parse(table)) {
            result_.readable = false;
        } else if (source_.instance.empty()) {
            read_single(table);
        } else {
            read_fleet(table);
        }
        return std::move(result_);
    }

  private:
    bool parse(toml::table& table) {
        std::ifstream file(source_.path);
        std::error_code ignored;
        if (!file || std::filesystem::is_directory(source_.path, ignored)) {
            report(fmt::format("--config: '{}' cannot be read: it must be a file that this user may read",
                               source_.path));
            return false;
        }
        try {
            table = toml::parse(file, source_.path);
        } catch (const toml::parse_error& error) {
            report(fmt::format("{}:{}: not TOML: {}", source_.path, error.source().begin.line,
                               error.description()));
            return false;
        }
        return true;
    }

    void read_single(const toml::table& table) {
        const auto instances = instances_of(table);
        if (!instances.empty()) {
            report(fmt::format("--config: '{}' has several adapters: choose one with --instance: {}",
                               source_.path, fmt::join(instances, ", ")));
            return;
        }
        for (const auto& [key, node] : table) {
            read_value(key, node);
        }
    }

    void read_fleet(const toml::table& table) {
        for (const auto& [key, node] : table) {
            if (node.is_table()) {
                check_names(key, *node.as_table());
            } else {
                report(fmt::format("{}: '{}' belongs under [defaults] or under an instance", place_of(key),
                                   key.str()));
            }
        }
        const auto* instance = table[source_.instance].as_table();
        if (instance == nullptr || source_.instance == "defaults") {
            const auto instances = instances_of(table);
            report(fmt::format("--instance: '{}' is not in {}{}", source_.instance, source_.path,
                               meant(source_.instance, instances)));
            result_.readable = false;  // what it would have held is not missing
            return;
        }
        const auto adapter = (*instance)["adapter"].value_or(std::string());
        if (adapter != program_.name) {
            report(fmt::format("--instance: '{}' is a {}, not a {}", source_.instance,
                               adapter.empty() ? "table without an adapter" : adapter, program_.name));
        }
        for (const auto& [key, node] : *instance) {
            if (find(key.str()) != nullptr) {
                read_value(key, node);
            }
        }
        if (const auto* defaults = table["defaults"].as_table()) {
            for (const auto& [key, node] : *defaults) {
                if (const auto* setting = find(key.str());
                    setting != nullptr && !result_.values.contains(setting->spec.flag)) {
                    read_value(key, node);
                }
            }
        }
    }

    /// Says which keys of [defaults] no adapter has, and which of an instance its own adapter does not have.
    void check_names(const toml::key& name, const toml::table& table) {
        const auto adapter = table["adapter"].value_or(std::string());
        std::vector<std::string> keys{"adapter"};
        std::vector<std::string> adapters;
        for (const auto& [known, keys_of_known] : source_.adapter_keys) {
            adapters.push_back(known);
            if (known == adapter || name.str() == "defaults") {
                keys.insert(keys.end(), keys_of_known.begin(), keys_of_known.end());
            }
        }
        if (name.str() == "defaults") {
            keys.erase(keys.begin());
        } else if (std::find(adapters.begin(), adapters.end(), adapter) == adapters.end()) {
            report(fmt::format("{}: [{}] needs adapter = one of {}{}", place_of(name), name.str(),
                               fmt::join(adapters, ", "), meant(adapter, adapters)));
            return;
        }
        for (const auto& [key, node] : table) {
            if (std::find(keys.begin(), keys.end(), key.str()) == keys.end()) {
                report_unknown(key, keys);
            }
        }
    }

    void read_value(const toml::key& key, const toml::node& node) {
        const auto* setting = find(key.str());
        if (setting == nullptr) {
            std::vector<std::string> keys;
            for (const Setting& known : settings_) {
                if (known.in_file) {
                    keys.push_back(known.key());
                }
            }
            report_unknown(key, keys);
            return;
        }
        auto texts = texts_of(node, *setting);
        if (!texts) {
            report(fmt::format("{}: '{}' takes {}", place_of(key), key.str(),
                               setting->kind == Kind::map ? "a table or a list of key=value"
                               : setting->repeatable()    ? "a list of texts"
                                                          : "a single value"));
            return;
        }
        for (std::string& text : *texts) {
            if (source_.instance.empty()) {
                break;
            }
            if (auto expanded = expand_variables(text)) {
                text = *std::move(expanded);
            } else {
                report(fmt::format("{}: '{}': {}", place_of(key), key.str(), expanded.error().to_string()));
            }
        }
        result_.values[setting->spec.flag] = {*std::move(texts), place_of(key)};
    }

    [[nodiscard]] const Setting* find(std::string_view key) const {
        const auto found = std::find_if(settings_.begin(), settings_.end(), [&](const Setting& setting) {
            return setting.in_file && setting.key() == key;
        });
        return found == settings_.end() ? nullptr : &*found;
    }

    static std::vector<std::string> instances_of(const toml::table& table) {
        std::vector<std::string> names;
        for (const auto& [key, node] : table) {
            if (node.is_table() && node.as_table()->contains("adapter")) {
                names.emplace_back(key.str());
            }
        }
        return names;
    }

    static std::string meant(std::string_view name, const std::vector<std::string>& names) {
        const std::string closest = closest_name(name, names);
        return closest.empty() ? "" : "; did you mean '" + closest + "'?";
    }
    [[nodiscard]] std::string place_of(const toml::key& key) const {
        return fmt::format("{}:{}", source_.path, key.source().begin.line);
    }
    void report_unknown(const toml::key& key, const std::vector<std::string>& keys) {
        report(fmt::format("{}: '{}': there is no such option{}", place_of(key), key.str(),
                           meant(key.str(), keys)));
    }
    void report(std::string problem) { result_.problems.push_back(std::move(problem)); }

    const ConfigSource& source_;
    const ProgramTexts& program_;
    const Settings& settings_;
    ConfigFile result_;
};

}  // namespace

ConfigFile read_config_file(const ConfigSource& source, const ProgramTexts& program,
                            const Settings& settings) {
    return Reader(source, program, settings).read();
}

}  // namespace framebridge::options
