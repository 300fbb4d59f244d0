#include "options/options.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iostream>

#include "runtime/secrets.h"
#include "runtime/version.h"

namespace framebridge::options {

namespace {

/// What is wrong with a setting, without what must not be shown.
std::string shown(std::string problem, const Setting& setting) {
    for (const std::string& text : setting.texts) {
        if (!setting.spec.secret || text.empty()) {
            continue;
        }
        for (auto at = problem.find(text); at != std::string::npos;
             at = problem.find(text, at + runtime::hidden.size())) {
            problem.replace(at, text.size(), runtime::hidden);
        }
    }
    return setting.name() + ": " + problem;
}

void give(Setting& setting, std::vector<std::string> texts, const std::string& source) {
    if (!setting.given() && !texts.empty()) {
        setting.texts = std::move(texts);
        setting.source = source;
    }
}

}  // namespace

OptionSet::OptionSet(const std::string& program, std::string description)
    : program_{program, std::move(description),
               fmt::format("{} {} (revision {})", program, runtime::version(), runtime::revision())} {}

void OptionSet::add_setting(Setting setting) {
    setting.group = group_;
    if (setting.spec.positional) {
        setting.type_name = setting.key();
        std::transform(setting.type_name.begin(), setting.type_name.end(), setting.type_name.begin(),
                       [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    }
    settings_.push_back(std::move(setting));
    const OptionSpec secret = settings_.back().spec;
    if (secret.secret) {
        settings_.push_back(
            {{.flag = secret.flag + "-file",
              .environment = secret.environment.empty() ? "" : secret.environment + "_FILE",
              .help = "File that holds " + secret.flag + "'s value"},
             Kind::text,
             "TEXT",
             [](const std::vector<std::string>& /*texts*/) -> std::vector<std::string> { return {}; },
             group_});
        settings_.back().secret_flag = secret.flag;
    }
}

void OptionSet::add_own_options() {
    group("General");
    const auto first = settings_.size();
    add({"--config", "FRAMEBRIDGE_CONFIG",
         "A TOML file with options; the keys are the flags without dashes. With --instance: of several "
         "adapters"},
        config_.path);
    add({"--instance", "FRAMEBRIDGE_INSTANCE", "This adapter's table in a --config file of several adapters"},
        config_.instance);
    add({"--print-config", "", "Print the settings in effect as a config file, and exit"}, print_config_);
    add({"--check-config", "", "Check the settings, open nothing, and exit"}, check_config_);
    for (auto i = first; i < settings_.size(); ++i) {
        settings_[i].in_file = false;
    }
}

void OptionSet::report(const std::string& problem) {
    problems_.push_back(runtime::without_userinfo(problem));
}

void OptionSet::assign(Setting& setting) {
    if (setting.given()) {
        for (auto& problem : setting.assign(setting.texts)) {
            report(shown(std::move(problem), setting));
        }
    }
}

void OptionSet::read_sources(int argc, const char* const* argv) {
    auto command_line = read_command_line(program_, settings_, argc, argv);
    output_ = std::move(command_line.output);
    for (const auto& problem : command_line.problems) {
        report(problem);
    }
    for (Setting& setting : settings_) {
        give(setting, std::move(command_line.texts[setting.spec.flag]), "command line");
        give(setting, read_environment(setting), setting.spec.environment);
        if (!setting.in_file) {
            assign(setting);
        }
    }
    if (!config_.path.empty()) {
        read_file();
    } else if (!config_.instance.empty()) {
        report("--instance: needs --config, the file that has it");
    }
    read_secret_files();
}

void OptionSet::read_secret_files() {
    for (const Setting& setting : settings_) {
        if (setting.secret_flag.empty() || !setting.given()) {
            continue;
        }
        const auto secret = std::find_if(settings_.begin(), settings_.end(), [&](const Setting& candidate) {
            return candidate.spec.flag == setting.secret_flag;
        });
        auto text = read_secret_file(setting.texts.back());
        if (secret->given()) {
            report(setting.name() + " and " + secret->name() + ": give one of them, not both");
        } else if (!text) {
            report(setting.name() + ": " + text.error().to_string());
        } else {
            give(*secret, {*std::move(text)}, setting.texts.back());
        }
    }
}

void OptionSet::read_file() {
    auto file = read_config_file(config_, program_, settings_);
    all_sources_read_ = file.readable;
    for (auto& problem : file.problems) {
        report(problem);
    }
    for (Setting& setting : settings_) {
        auto& [texts, place] = file.values[setting.spec.flag];
        give(setting, std::move(texts), place);
    }
}

void OptionSet::add_action(OptionSpec spec, std::function<bool()> action) {
    auto& added = actions_.emplace_back();
    added.perform = std::move(action);
    add(std::move(spec), added.wanted);
    settings_.back().in_file = false;
}

Outcome OptionSet::parse(int argc, const char* const* argv) {
    add_own_options();
    read_sources(argc, argv);
    if (!output_.empty()) {
        std::cout << output_ << std::flush;
        return Outcome::done;
    }
    for (Setting& setting : settings_) {
        if (setting.in_file) {
            assign(setting);
        }
        if (setting.spec.required && !setting.given() && all_sources_read_) {
            const auto& variable = setting.spec.environment;
            report(setting.spec.flag + ": is required; set it" +
                   (variable.empty() ? "" : ", or " + variable + " in the environment"));
        }
    }
    for (const auto& action : actions_) {
        if (action.wanted) {
            return action.perform() ? Outcome::done : Outcome::failed;
        }
    }
    for (const auto& check : checks_) {
        for (std::string& problem : check()) {
            report(problem);
        }
    }
    if (const auto unknown = unknown_variables(settings_); !unknown.empty()) {
        std::cerr << program_.name
                  << ": warning: no option has these environment variables, they are not used: " + unknown +
                         "\n";
    }
    for (const auto& problem : problems_) {
        std::cerr << program_.name + ": " + problem + "\n";
    }
    if (!problems_.empty()) {
        return Outcome::invalid;
    }
    if (print_config_) {
        std::cout << framebridge::options::print_config(program_.name, settings_) << std::flush;
        return Outcome::done;
    }
    if (check_config_) {
        std::cout << program_.name + ": the settings are good\n" << std::flush;
        return Outcome::done;
    }
    return Outcome::run;
}

}  // namespace framebridge::options
