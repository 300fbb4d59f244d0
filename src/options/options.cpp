#include "options/options.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <type_traits>

#include "options/option_sources.h"
#include "options/option_values.h"
#include "runtime/text.h"

namespace framebridge::options {

namespace {

constexpr std::string_view variable_prefix = "FRAMEBRIDGE_";

/// An assign function of an option that takes one value.
template <typename Value, typename Parse, typename Store>
auto assign_one(Parse parse, Store store) {
    return [parse, store](const std::vector<std::string>& texts) -> std::string {
        Parsed<Value> parsed = parse(texts.back());
        if (!parsed.value) {
            return parsed.problem;
        }
        store(*parsed.value);
        return {};
    };
}

template <typename Target>
auto assign_integer(Target& target, Range range) {
    return [&target, range](const std::vector<std::string>& texts) -> std::string {
        // 64-bit numbers of the target's sign hold the range and the target's own limits.
        using Wide = std::conditional_t<std::is_signed_v<Target>, std::int64_t, std::uint64_t>;
        using Limits = std::numeric_limits<Target>;
        const Wide least = static_cast<Wide>(std::max<std::int64_t>(
            range.least, std::is_signed_v<Target> ? static_cast<std::int64_t>(Limits::min()) : 0));
        const bool limited = range.most != std::numeric_limits<std::int64_t>::max();
        const Wide most =
            limited ? std::min<Wide>(static_cast<Wide>(range.most), Limits::max()) : Limits::max();
        const auto parsed = parse_integer<Wide>(texts.back(), least, most);
        if (!parsed.value) {
            return parsed.problem;
        }
        target = static_cast<Target>(*parsed.value);
        return {};
    };
}

std::string hidden(std::string problem, const Setting& setting) {
    if (!setting.spec.secret) {
        return problem;
    }
    for (const std::string& text : setting.texts) {
        for (auto at = problem.find(text); !text.empty() && at != std::string::npos;
             at = problem.find(text, at + 3)) {
            problem.replace(at, text.size(), "***");
        }
    }
    return problem;
}

std::string named(const Setting& setting) {
    if (!setting.given() || setting.source == "command line") {
        return setting.spec.flag;
    }
    return setting.spec.flag + " (from " + setting.source + ")";
}

}  // namespace

bool is_secret_key(std::string_view key) {
    for (const auto* word : {"password", "secret", "pem", "sasl.jaas"}) {
        if (key.find(word) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::vector<std::string> read_environment(const Setting& setting) {
    if (setting.spec.environment.empty()) {
        return {};
    }
    const char* value = std::getenv(setting.spec.environment.c_str());
    if (value == nullptr || *value == '\0') {
        return {};
    }
    if (!setting.repeatable()) {
        return {value};
    }
    std::vector<std::string> texts;
    for (std::string& part : runtime::split_at_commas(value)) {
        if (setting.kind == Setting::Kind::map && part.find('=') == std::string::npos && !texts.empty()) {
            texts.back() += "," + part;
        } else {
            texts.push_back(std::move(part));
        }
    }
    return texts;
}

std::vector<std::string> unknown_variables(const std::vector<Setting>& settings) {
    std::vector<std::string> unknown;
    // clearenv() leaves no list at all.
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::string_view name = text.substr(0, text.find('='));
        if (!name.starts_with(variable_prefix)) {
            continue;
        }
        const bool known = std::any_of(settings.begin(), settings.end(), [&](const Setting& setting) {
            return setting.spec.environment == name;
        });
        if (!known) {
            unknown.emplace_back(name);
        }
    }
    std::sort(unknown.begin(), unknown.end());
    return unknown;
}

struct OptionSet::Implementation {
    std::string program;
    std::string description;
    std::string version;
    std::string group = "Options";
    std::vector<Setting> settings;
    std::vector<std::function<std::vector<std::string>()>> checks;
    std::string config_path;
    bool print_config = false;

    Setting& add(OptionSpec spec, Setting::Kind kind, std::string type_name, std::string default_text) {
        Setting setting;
        setting.spec = std::move(spec);
        setting.kind = kind;
        setting.group = group;
        setting.type_name = std::move(type_name);
        setting.default_text = std::move(default_text);
        return settings.emplace_back(std::move(setting));
    }

    void give(Setting& setting, std::vector<std::string> texts, std::string source) {
        if (setting.given() || texts.empty()) {
            return;
        }
        setting.texts = std::move(texts);
        setting.source = std::move(source);
    }

    void assign(Setting& setting, std::vector<std::string>& problems) const {
        if (!setting.given()) {
            return;
        }
        if (const std::string problem = setting.assign(setting.texts); !problem.empty()) {
            problems.push_back(named(setting) + ": " + hidden(problem, setting));
        }
    }

    void warn_of_unknown_variables() const {
        const auto unknown = unknown_variables(settings);
        if (unknown.empty()) {
            return;
        }
        std::vector<std::string> known;
        for (const Setting& setting : settings) {
            known.push_back(setting.spec.environment);
        }
        std::string names;
        for (const std::string& name : unknown) {
            const std::string meant = closest_name(name, known);
            names +=
                (names.empty() ? "" : ", ") + name + (meant.empty() ? "" : " (did you mean " + meant + "?)");
        }
        std::cerr << program
                  << ": warning: no option has these environment variables, they are not used: " + names +
                         "\n";
    }
};

OptionSet::OptionSet(std::string program, std::string description)
    : implementation_(std::make_unique<Implementation>()) {
    int major = 0;
    int minor = 0;
    int patch = 0;
    zmq_version(&major, &minor, &patch);
    implementation_->version =
        fmt::format("{} {}\nlibzmq {}.{}.{}", program, FRAMEBRIDGE_VERSION, major, minor, patch);
    implementation_->program = std::move(program);
    implementation_->description = std::move(description);
}

OptionSet::~OptionSet() = default;

void OptionSet::group(std::string title) {
    implementation_->group = std::move(title);
}

void OptionSet::version_note(std::string line) {
    implementation_->version += "\n" + std::move(line);
}

void OptionSet::add(OptionSpec spec, std::string& target) {
    implementation_->add(std::move(spec), Setting::Kind::text, "TEXT", target).assign =
        [&target](const std::vector<std::string>& texts) {
            target = texts.back();
            return std::string();
        };
}

void OptionSet::add(OptionSpec spec, bool& target) {
    implementation_->add(std::move(spec), Setting::Kind::flag, "", target ? "true" : "false").assign =
        assign_one<bool>(parse_bool, [&target](bool value) { target = value; });
}

void OptionSet::add(OptionSpec spec, int& target, Range range) {
    implementation_->add(std::move(spec), Setting::Kind::number, "NUMBER", std::to_string(target)).assign =
        assign_integer(target, range);
}

void OptionSet::add(OptionSpec spec, std::uint16_t& target, Range range) {
    implementation_->add(std::move(spec), Setting::Kind::number, "NUMBER", std::to_string(target)).assign =
        assign_integer(target, range);
}

void OptionSet::add(OptionSpec spec, std::uint32_t& target, Range range) {
    implementation_->add(std::move(spec), Setting::Kind::number, "NUMBER", std::to_string(target)).assign =
        assign_integer(target, range);
}

void OptionSet::add(OptionSpec spec, std::optional<std::uint64_t>& target, Range range) {
    implementation_
        ->add(std::move(spec), Setting::Kind::number, "NUMBER", target ? std::to_string(*target) : "")
        .assign = [&target, range](const std::vector<std::string>& texts) {
        std::uint64_t value = 0;
        std::string problem = assign_integer(value, range)(texts);
        if (problem.empty()) {
            target = value;
        }
        return problem;
    };
}

void OptionSet::add_seconds(OptionSpec spec, std::chrono::milliseconds& target, Range range_ms) {
    implementation_->add(std::move(spec), Setting::Kind::number, "SECONDS", format_seconds(target)).assign =
        assign_one<std::chrono::milliseconds>(
            [range_ms](const std::string& text) { return parse_seconds(text, range_ms); },
            [&target](std::chrono::milliseconds value) { target = value; });
}

void OptionSet::add_milliseconds(OptionSpec spec, std::chrono::milliseconds& target, Range range) {
    implementation_
        ->add(std::move(spec), Setting::Kind::number, "MILLISECONDS", std::to_string(target.count()))
        .assign = [&target, range](const std::vector<std::string>& texts) {
        std::int64_t value = 0;
        std::string problem = assign_integer(value, range)(texts);
        if (problem.empty()) {
            target = std::chrono::milliseconds(value);
        }
        return problem;
    };
}

void OptionSet::add_bytes(OptionSpec spec, std::size_t& target, Range range) {
    implementation_->add(std::move(spec), Setting::Kind::number, "SIZE", format_bytes(target)).assign =
        assign_one<std::size_t>([range](const std::string& text) { return parse_bytes(text, range); },
                                [&target](std::size_t value) { target = value; });
}

void OptionSet::add(OptionSpec spec, std::map<std::string, std::string>& target) {
    std::string initial;
    for (const auto& [key, value] : target) {
        initial += (initial.empty() ? "" : ",") + key + "=" + (is_secret_key(key) ? "***" : value);
    }
    implementation_->add(std::move(spec), Setting::Kind::map, "KEY=VALUE", std::move(initial)).assign =
        [&target](const std::vector<std::string>& texts) -> std::string {
        std::map<std::string, std::string> entries;
        for (const std::string& text : texts) {
            const auto equals = text.find('=');
            const std::string key(runtime::trimmed(std::string_view(text).substr(0, equals)));
            if (equals == std::string::npos || key.empty()) {
                return "'" + text + "' is not key=value";
            }
            entries[key] = runtime::trimmed(std::string_view(text).substr(equals + 1));
        }
        target = std::move(entries);
        return {};
    };
}

void OptionSet::add(OptionSpec spec, std::vector<std::string>& target) {
    implementation_
        ->add(std::move(spec), Setting::Kind::list, "TEXT", fmt::format("{}", fmt::join(target, ",")))
        .assign = [&target](const std::vector<std::string>& texts) {
        target = texts;
        return std::string();
    };
}

void OptionSet::add_positionals(OptionSpec spec, std::vector<std::string>& target) {
    add(std::move(spec), target);
    Setting& setting = implementation_->settings.back();
    setting.kind = Setting::Kind::positionals;
    setting.type_name = setting.key();
    std::transform(setting.type_name.begin(), setting.type_name.end(), setting.type_name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
}

void OptionSet::add_words(OptionSpec spec, std::vector<std::string> words, std::string initial,
                          std::function<void(std::size_t)> choose) {
    const std::string all = fmt::format("{}", fmt::join(words, "|"));
    implementation_->add(std::move(spec), Setting::Kind::text, all, std::move(initial)).assign =
        [words = std::move(words),
         choose = std::move(choose)](const std::vector<std::string>& texts) -> std::string {
        const auto found = std::find(words.begin(), words.end(), runtime::trimmed(texts.back()));
        if (found == words.end()) {
            return fmt::format("'{}' is not one of {}", texts.back(), fmt::join(words, ", "));
        }
        choose(static_cast<std::size_t>(found - words.begin()));
        return {};
    };
}

void OptionSet::add_custom(OptionSpec spec, std::string default_text,
                           std::function<std::string(const std::string&)> parse) {
    implementation_->add(std::move(spec), Setting::Kind::text, "TEXT", std::move(default_text)).assign =
        [parse = std::move(parse)](const std::vector<std::string>& texts) { return parse(texts.back()); };
}

void OptionSet::check(std::function<std::vector<std::string>()> problems) {
    implementation_->checks.push_back(std::move(problems));
}

std::optional<int> OptionSet::parse(int argc, const char* const* argv) {
    auto& [program, description, version, group, settings, checks, config_path, print_config] =
        *implementation_;
    group = "General";
    add({"--config", "FRAMEBRIDGE_CONFIG",
         "A TOML file with options; the keys are the flags without dashes."},
        config_path);
    settings.back().in_file = false;
    add({"--print-config", "", "Print the settings in effect as a config file, and exit."}, print_config);
    settings.back().in_file = false;

    CommandLine command_line = read_command_line(program, description, version, settings, argc, argv);
    if (!command_line.output.empty()) {
        std::cout << command_line.output;
        return 0;
    }
    std::vector<std::string> problems = std::move(command_line.problems);
    for (Setting& setting : settings) {
        implementation_->give(setting, std::move(command_line.texts[setting.spec.flag]), "command line");
        implementation_->give(setting, read_environment(setting), setting.spec.environment);
        if (!setting.in_file) {
            implementation_->assign(setting, problems);
        }
    }
    bool all_sources_read = true;
    if (!config_path.empty()) {
        ConfigFile file = read_config_file(config_path, settings);
        all_sources_read = file.readable;
        problems.insert(problems.end(), file.problems.begin(), file.problems.end());
        for (Setting& setting : settings) {
            auto& [texts, place] = file.values[setting.spec.flag];
            implementation_->give(setting, std::move(texts), std::move(place));
        }
    }
    for (Setting& setting : settings) {
        if (setting.in_file) {
            implementation_->assign(setting, problems);
        }
        if (!setting.spec.required || setting.given() || !all_sources_read) {
            continue;
        }
        problems.push_back(setting.spec.flag + ": is required; set it" +
                           (setting.spec.environment.empty()
                                ? ""
                                : ", or " + setting.spec.environment + " in the environment"));
    }
    for (const auto& check : checks) {
        for (std::string& problem : check()) {
            problems.push_back(std::move(problem));
        }
    }
    implementation_->warn_of_unknown_variables();
    if (!problems.empty()) {
        std::string report;
        for (const std::string& problem : problems) {
            report += fmt::format("{}: {}\n", program, problem);
        }
        std::cerr << report << std::flush;
        return 78;
    }
    if (print_config) {
        std::cout << framebridge::options::print_config(program, settings) << std::flush;
        return 0;
    }
    return std::nullopt;
}

bool OptionSet::given(std::string_view flag) const {
    const auto& settings = implementation_->settings;
    return std::any_of(settings.begin(), settings.end(),
                       [&](const Setting& setting) { return setting.spec.flag == flag && setting.given(); });
}

}  // namespace framebridge::options
