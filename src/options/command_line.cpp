#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "options/setting.h"
#include "options/syntax.h"

namespace framebridge::options {

namespace {

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
            const bool entry = argument.find('=') != std::string::npos;
            const auto shown = entry ? runtime::shown_entry(argument) : argument;
            problems.push_back(
                "'" + shown + "': an argument without an option" +
                (Switch::parse(argument) ? "; a switch takes its value as --switch=" + argument : ""));
        }
    }
    return problems;
}

}  // namespace

CommandLine read_command_line(const ProgramTexts& program, const Settings& settings, int argc,
                              const char* const* argv) {
    CLI::App app(program.description, program.name);
    app.allow_extras();
    std::vector<std::pair<std::string, CLI::Option*>> options;
    std::vector<std::string> flags{"--help", "--version"};
    for (const Setting& setting : settings) {
        const auto& flag = setting.spec.flag;
        options.emplace_back(flag, setting.kind == Kind::flag ? app.add_flag(flag) : app.add_option(flag));
        options.back().second->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        flags.push_back(flag);
        if (setting.spec.positional) {
            auto* positionals = app.add_option(setting.type_name);
            positionals->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
            options.emplace_back(flag, positionals);
        }
    }
    app.set_version_flag("--version", program.version);
    app.set_help_flag("-h,--help");

    CommandLine result;
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        result.output = help(program, settings);
        return result;
    } catch (const CLI::CallForVersion&) {
        result.output = program.version + '\n';
        return result;
    } catch (const CLI::ParseError& error) {
        // With one argument an option and all else allowed, only a value that the last argument lacks comes
        // here.
        result.problems.emplace_back(error.what());
    }
    for (const auto& [flag, option] : options) {
        for (const std::string& text : option->results()) {
            result.texts[flag].push_back(text);
            if (std::find(flags.begin(), flags.end(), text) != flags.end()) {
                result.problems.push_back(fmt::format(
                    "{0}: needs a value, but {1} follows ({0}={1} if that is the value)", flag, text));
            }
        }
    }
    for (std::string& problem : unexpected(app.remaining(), flags)) {
        result.problems.push_back(std::move(problem));
    }
    return result;
}

}  // namespace framebridge::options
