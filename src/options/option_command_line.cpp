#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "options/option_sources.h"
#include "options/option_values.h"

namespace framebridge::options {

namespace {

constexpr std::size_t help_width = 100;
constexpr std::size_t help_column = 36;

std::string option_help(const CLI::Option& option) {
    std::string text = "  " + option.get_name(false, true);
    if (option.get_type_size() > 0 && !option.get_type_name().empty()) {
        text += ' ' + option.get_type_name();
    }
    std::size_t column = text.size();
    if (column + 2 > help_column) {
        text += '\n';
        column = 0;
    }
    text.append(help_column - column, ' ');
    column = help_column;
    std::istringstream words(option.get_description());
    for (std::string word; words >> word;) {
        if (column > help_column && column + 1 + word.size() > help_width) {
            text += '\n' + std::string(help_column, ' ');
            column = help_column;
        }
        if (column > help_column) {
            text += ' ';
            ++column;
        }
        text += word;
        column += word.size();
    }
    return text + '\n';
}

/// In groups, as CLI11's own, but wrapped to a terminal's width.
class HelpFormatter : public CLI::FormatterBase {
  public:
    std::string make_help(const CLI::App* app, std::string /*name*/,
                          CLI::AppFormatMode /*mode*/) const override {
        std::string text = app->get_description() + "\n\nUsage: " + app->get_name() + " [OPTIONS]";
        for (const CLI::Option* option : app->get_options()) {
            if (option->get_positional()) {
                text += " [" + option->get_type_name() + "...]";
            }
        }
        text += '\n';
        for (const std::string& group : app->get_groups()) {
            text += "\n" + group + ":\n";
            for (const CLI::Option* option : app->get_options()) {
                if (option->get_group() == group && option->nonpositional()) {
                    text += option_help(*option);
                }
            }
        }
        return text;
    }
};

std::string described(const Setting& setting) {
    std::string notes;
    const auto note = [&](const std::string& text) { notes += (notes.empty() ? "" : "; ") + text; };
    if (setting.spec.required) {
        note("required");
    }
    if (setting.kind == Setting::Kind::flag) {
        if (setting.default_text == "true") {
            note("on by default, off with " + setting.spec.flag + "=false");
        }
    } else if (!setting.default_text.empty() && !setting.spec.secret) {
        note("default: " + setting.default_text);
    }
    if (setting.repeatable()) {
        note("repeatable");
    }
    if (!setting.spec.environment.empty()) {
        note("$" + setting.spec.environment);
    }
    return setting.spec.help + (notes.empty() ? "" : " [" + notes + "]");
}

std::vector<std::string> unexpected(const std::vector<std::string>& arguments,
                                    const std::vector<std::string>& flags) {
    std::vector<std::string> problems;
    bool after_unknown_flag = false;
    for (const std::string& argument : arguments) {
        if (argument == "--") {
            continue;
        }
        if (argument.size() > 1 && argument.front() == '-') {
            const std::string flag = argument.substr(0, argument.find('='));
            const std::string meant = closest_name(flag, flags);
            problems.push_back(flag + ": there is no such option" +
                               (meant.empty() ? "; --help lists them" : "; did you mean " + meant + "?"));
            after_unknown_flag = argument.find('=') == std::string::npos;
            continue;
        }
        // What follows an unknown flag is most likely its value: said once is enough.
        if (!std::exchange(after_unknown_flag, false)) {
            problems.push_back(
                "'" + argument + "': an argument without an option" +
                (parse_bool(argument).value ? "; a switch takes its value as --switch=" + argument : ""));
        }
    }
    return problems;
}

}  // namespace

CommandLine read_command_line(const std::string& program, const std::string& description,
                              const std::string& version, const std::vector<Setting>& settings, int argc,
                              const char* const* argv) {
    CLI::App app(description, program);
    app.formatter(std::make_shared<HelpFormatter>());
    app.allow_extras();
    std::map<std::string, CLI::Option*> options;
    CLI::Option* positionals = nullptr;
    std::string positionals_flag;
    std::vector<std::string> flags{"--help", "--version"};
    for (const Setting& setting : settings) {
        CLI::Option* option = setting.kind == Setting::Kind::flag ? app.add_flag(setting.spec.flag)
                                                                  : app.add_option(setting.spec.flag);
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->group(setting.group);
        option->description(described(setting));
        if (setting.kind != Setting::Kind::flag) {
            option->type_name(setting.type_name);
        }
        if (setting.kind == Setting::Kind::positionals) {
            positionals = app.add_option(setting.type_name)
                              ->expected(1, CLI::detail::expected_max_vector_size)
                              ->allow_extra_args()
                              ->type_name(setting.type_name)
                              ->group(setting.group);
            positionals_flag = setting.spec.flag;
        }
        options[setting.spec.flag] = option;
        flags.push_back(setting.spec.flag);
    }
    app.set_version_flag("--version", version, "Show the version.")->group("General");
    app.set_help_flag("-h,--help", "Show this help.")->group("General");

    CommandLine result;
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        result.output = app.help();
        return result;
    } catch (const CLI::CallForVersion&) {
        result.output = version + '\n';
        return result;
    } catch (const CLI::ParseError& error) {
        // With one argument an option and all else allowed, only a value that the last argument lacks comes
        // here.
        result.problems.emplace_back(error.what());
    }
    for (const auto& [flag, option] : options) {
        if (option->count() == 0) {
            continue;
        }
        auto& texts = result.texts[flag] = option->results();
        for (const std::string& text : texts) {
            if (std::find(flags.begin(), flags.end(), text) == flags.end()) {
                continue;
            }
            result.problems.push_back(fmt::format(
                "{0}: needs a value, but {1} follows ({0}={1} if that is the value)", flag, text));
        }
    }
    if (positionals != nullptr) {
        auto& texts = result.texts[positionals_flag];
        texts.insert(texts.end(), positionals->results().begin(), positionals->results().end());
    }
    for (std::string& problem : unexpected(app.remaining(), flags)) {
        result.problems.push_back(std::move(problem));
    }
    return result;
}

}  // namespace framebridge::options
