#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "options/options.h"

namespace framebridge::options {

/// One option as all of the sources see it: text in, a problem or nothing out.
struct Setting {
    enum class Kind { text, number, flag, list, map, positionals };

    OptionSpec spec;
    Kind kind = Kind::text;
    std::string group;
    std::string type_name;     ///< What --help writes after the flag.
    std::string default_text;  ///< Empty if it is not set by default.
    bool in_file = true;
    /// Takes the texts (one unless repeatable) and returns what is wrong with them, or an empty string.
    std::function<std::string(const std::vector<std::string>&)> assign;

    std::vector<std::string> texts;  ///< As given; empty if not.
    std::string source;              ///< `command line`, a variable, or `file:line`; empty if not given.

    [[nodiscard]] bool given() const { return !source.empty(); }
    [[nodiscard]] bool repeatable() const { return kind >= Kind::list; }
    [[nodiscard]] std::string key() const { return spec.flag.substr(2); }
};

struct CommandLine {
    std::map<std::string, std::vector<std::string>> texts;  ///< By flag.
    std::string output;                                     ///< Of --help or --version; else empty.
    std::vector<std::string> problems;
};

CommandLine read_command_line(const std::string& program, const std::string& description,
                              const std::string& version, const std::vector<Setting>& settings, int argc,
                              const char* const* argv);

struct FileValue {
    std::vector<std::string> texts;
    std::string place;  ///< `file:line`
};

struct ConfigFile {
    std::map<std::string, FileValue> values;  ///< By flag.
    std::vector<std::string> problems;
    bool readable = true;
};

ConfigFile read_config_file(const std::string& path, const std::vector<Setting>& settings);

/// What the environment variable `name` holds, as an option's texts; empty if it is not set or empty.
std::vector<std::string> read_environment(const Setting& setting);
/// Variables of our prefix that no option has.
std::vector<std::string> unknown_variables(const std::vector<Setting>& settings);

/// The settings as a config file, with where each came from; secrets are only hinted at.
std::string print_config(const std::string& program, const std::vector<Setting>& settings);

/// Whether a `key=value` entry must not be printed.
bool is_secret_key(std::string_view key);

}  // namespace framebridge::options
