#include <spdlog/fmt/fmt.h>
#include <toml++/toml.h>

#include <regex>
#include <sstream>

#include "options/setting.h"
#include "options/syntax.h"
#include "runtime/secrets.h"

namespace framebridge::options {

namespace {

std::string toml_text(const std::string& text) {
    std::ostringstream out;
    out << toml::value<std::string>(text);
    return out.str();
}

std::string toml_value(const Setting& setting, const std::string& text) {
    static const std::regex number("-?(0|[1-9][0-9]{0,17})(\\.[0-9]+)?");
    if (setting.kind == Kind::number && std::regex_match(text, number)) {
        return text;
    }
    if (setting.kind == Kind::flag) {
        if (const auto flag = Switch::parse(text)) {
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

/// `text` without what must not be shown.
std::string shown_text(const Setting& setting, const std::string& text) {
    if (setting.spec.secret) {
        return std::string(runtime::hidden);
    }
    return setting.kind == Kind::map ? runtime::shown_entry(text) : runtime::without_userinfo(text);
}

/// The lines of one setting: what is not given, or is secret, stands there as a comment.
std::string config_lines(const Setting& setting) {
    const std::string key = setting.key();
    if (!setting.given()) {
        if (setting.spec.default_text.empty() || setting.repeatable()) {
            return fmt::format("# {} is not set\n", key);
        }
        const auto& text = setting.spec.default_text;
        return fmt::format("# {} = {}  # default\n", key,
                           setting.spec.secret ? std::string(runtime::hidden) : toml_value(setting, text));
    }
    if (!setting.repeatable()) {
        const std::string& text = setting.texts.back();
        const auto shown = shown_text(setting, text);
        return shown == text ? fmt::format("{} = {}  # {}\n", key, toml_value(setting, text), setting.source)
                             : fmt::format("# {} = {}  # {}\n", key, shown, setting.source);
    }
    std::vector<std::string> public_texts;
    std::string lines;
    for (const std::string& text : setting.texts) {
        const auto shown = shown_text(setting, text);
        if (shown == text) {
            public_texts.push_back(text);
        } else {
            lines += fmt::format("# {}: {}  # {}\n", key, shown, setting.source);
        }
    }
    return fmt::format("{} = {}  # {}\n", key, toml_list(public_texts), setting.source) + lines;
}

}  // namespace

std::string print_config(const std::string& program, const Settings& settings) {
    std::string text = fmt::format(
        "# The settings of {}, for --config. What is commented out has its default, or is secret.\n",
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
