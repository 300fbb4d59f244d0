#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ranges>
#include <utility>

#include "options/setting.h"
#include "runtime/secrets.h"
#include "runtime/text.h"

namespace framebridge::options {

namespace {

constexpr std::string_view variable_prefix = "FRAMEBRIDGE_";

/// Whether a part of a list of `key=value` begins an entry of its own. After a secret, which may hold commas
/// and more, only what is certainly a setting's name does.
bool begins_entry(std::string_view part, std::string_view entry_before) {
    constexpr std::array<std::string_view, 3> names_without_dot{"acks", "debug", "retries"};
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    const auto name = runtime::trimmed(part.substr(0, equals));
    return !runtime::is_secret(entry_before.substr(0, entry_before.find('='))) ||
           name.find('.') != std::string_view::npos ||
           std::find(names_without_dot.begin(), names_without_dot.end(), name) != names_without_dot.end();
}

}  // namespace

std::vector<std::string> read_environment(const Setting& setting) {
    const char* value =
        setting.spec.environment.empty() ? nullptr : std::getenv(setting.spec.environment.c_str());
    if (value == nullptr || *value == '\0') {
        return {};
    }
    if (!setting.repeatable()) {
        return {value};
    }
    if (setting.kind != Kind::map) {
        return runtime::split_at_commas(value);
    }
    std::vector<std::string> texts;
    std::string commas;
    for (const auto part : std::views::split(std::string_view(value), ',')) {
        const std::string text(part.begin(), part.end());
        if (runtime::trimmed(text).empty()) {
            commas += ',';
        } else if (texts.empty() || begins_entry(text, texts.back())) {
            texts.emplace_back(runtime::trimmed(text));
            commas.clear();
        } else {
            texts.back() += std::exchange(commas, {}) + "," + text;
        }
    }
    return texts;
}

std::string unknown_variables(const Settings& settings) {
    std::vector<std::string> known;
    for (const Setting& setting : settings) {
        known.push_back(setting.spec.environment);
    }
    std::vector<std::string> unknown;
    // clearenv() leaves no list at all.
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::string name(text.substr(0, text.find('=')));
        if (name.starts_with(variable_prefix) && std::find(known.begin(), known.end(), name) == known.end()) {
            const auto meant = closest_name(name, known);
            unknown.push_back(meant.empty() ? name : fmt::format("{} (did you mean {}?)", name, meant));
        }
    }
    std::sort(unknown.begin(), unknown.end());
    std::string all;
    for (const auto& name : unknown) {
        all += (all.empty() ? "" : ", ") + name;
    }
    return all;
}

}  // namespace framebridge::options
