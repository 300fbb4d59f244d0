#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/result.h"

namespace framebridge::options {

/// One option: a flag, an environment variable, a line of help.
struct OptionSpec {
    std::string flag;         ///< `--redis-port`; also its key in a config file, without the dashes.
    std::string environment;  ///< `REDIS_PORT` (Savant's name) or `FRAMEBRIDGE_...`; empty for none.
    std::string help;         ///< One sentence, with the unit.
    bool required = false;
    bool secret = false;      ///< Never printed; can also be read from a file (`--redis-password-file`).
    bool positional = false;  ///< Takes the arguments without a flag too; one option of a program at most.
    std::string default_text = {};  ///< What applies if it is not set; by default the target's value.
};

/// What an option takes: how a config file and --help write it.
enum class Kind { text, number, flag, list, map };

/// One option as all of the sources see it: text in, problems out.
struct Setting {
    OptionSpec spec;
    Kind kind = Kind::text;
    std::string type_name;  ///< What --help writes after the flag.
    /// Takes the texts (one unless repeatable) and returns what is wrong with them.
    std::function<std::vector<std::string>(const std::vector<std::string>&)> assign;
    std::string group = {};
    bool in_file = true;
    std::string secret_flag = {};  ///< Not empty: this names a file that holds that option's value.

    std::vector<std::string> texts = {};  ///< As given; empty if not.
    std::string source = {};              ///< `command line`, a variable, or `file:line`; empty if not given.

    [[nodiscard]] bool given() const { return !source.empty(); }
    [[nodiscard]] bool repeatable() const { return kind >= Kind::list; }
    [[nodiscard]] std::string key() const { return spec.flag.substr(2); }
    /// The flag, and the variable or the line that it was given by.
    [[nodiscard]] std::string name() const {
        return given() && source != "command line" ? spec.flag + " (from " + source + ")" : spec.flag;
    }
};

using Settings = std::vector<Setting>;

struct CommandLine {
    std::map<std::string, std::vector<std::string>> texts;  ///< By flag.
    std::string output;                                     ///< Of --help or --version; else empty.
    std::vector<std::string> problems;
};

struct ProgramTexts {
    std::string name;
    std::string description;
    std::string version;
};

CommandLine read_command_line(const ProgramTexts& program, const Settings& settings, int argc,
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

/// The keys that each adapter takes in a config file, by its program's name.
using AdapterKeys = std::map<std::string, std::vector<std::string>>;

struct ConfigSource {
    std::string path;
    std::string instance;  ///< Empty: the file is of one program.
    AdapterKeys adapter_keys;
};

/// Reads a config file of one program, or of a fleet: a table for each instance with `adapter = "..."`, and
/// [defaults] with keys of any adapter. In a fleet's file, variables are expanded, and all tables' keys are
/// checked.
ConfigFile read_config_file(const ConfigSource& source, const ProgramTexts& program,
                            const Settings& settings);

/// `text` with the environment's values of `${NAME}` and `${NAME:-default}` (used if NAME is not set, or
/// empty).
/// `$$` is `$`.
Result<std::string> expand_variables(std::string_view text);

/// What a file holds, without the line end after it.
Result<std::string> read_secret_file(const std::string& path);

/// What the setting's environment variable holds, as its texts; empty if it is not set or empty.
std::vector<std::string> read_environment(const Setting& setting);
/// Names the variables of our prefix that no option has; empty if there are none.
std::string unknown_variables(const Settings& settings);

/// The text of --help.
std::string help(const ProgramTexts& program, const Settings& settings);
/// The settings as a config file, with where each came from; secrets are only hinted at.
std::string print_config(const std::string& program, const Settings& settings);

/// The most similar of `names` if it is near enough to be what was meant, else empty.
std::string closest_name(std::string_view name, const std::vector<std::string>& names);

}  // namespace framebridge::options
