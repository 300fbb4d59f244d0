#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "options/setting.h"
#include "options/syntax.h"

namespace framebridge::options {

/// What a program is to do after its options were read.
enum class Outcome {
    run,
    done,  ///< What was asked for was printed (--help, --version, --print-config, --check-config): end well.
    failed,   ///< An action was asked for, and did not succeed.
    invalid,  ///< All that is wrong was printed to stderr, one line each, with the option and where it came
              ///< from.
};

/// The options of a program, on top of CLI11. A flag takes precedence over the environment, the environment
/// over the config file (`--config`, FRAMEBRIDGE_CONFIG; TOML, the keys are the flags without dashes), the
/// file over the default (the target's value when the option was added, shown by --help). The first of these
/// that has the option gives all of it: repeatable options are not merged. An empty environment variable
/// counts as not set; blanks around a value that is not free text do not matter. Of a flag that was repeated
/// but takes one value, the last counts. Unknown flags and keys are errors; an unknown FRAMEBRIDGE_*
/// variable, which may be meant for another adapter in the same deployment, is a warning on stderr. A secret
/// can also be read from a file: `--redis-password-file`, REDIS_PASSWORD_FILE. `--help`, `--version`,
/// `--config`, `--instance`, `--print-config` and
/// `--check-config` are there by themselves.
class OptionSet {
  public:
    OptionSet(const std::string& program, std::string description);

    /// The options added after it stand under this title in --help.
    void group(std::string title) { group_ = std::move(title); }

    /// Declares an option. parse() writes its value into `target`, in the order in which options were added.
    template <typename Target, typename Syntax = decltype(syntax_of<Target>())>
    void add(OptionSpec spec, Target& target, Syntax syntax = syntax_of<Target>());
    template <typename Target>
    void add(OptionSpec spec, Target& target, Result<Target> (*parse)(std::string_view)) {
        add(std::move(spec), target, ParsedBy<Target>{parse});
    }

    /// A check that looks at several options, after all are read: returns what is wrong, one sentence each,
    /// naming the options.
    void check(std::function<std::vector<std::string>()> problems) { checks_.push_back(std::move(problems)); }

    /// A flag that asks for `action` instead of a run: it needs no other option, and says whether it
    /// succeeded.
    void add_action(OptionSpec spec, std::function<bool()> action);

    /// A further line for --version, such as a library's.
    void version_note(const std::string& line) { program_.version += "\n" + line; }

    /// What other programs take from a config file that they share with this one.
    void fleet(AdapterKeys keys) { config_.adapter_keys = std::move(keys); }

    /// Reads everything into the targets; called once.
    [[nodiscard]] Outcome parse(int argc, const char* const* argv);

  private:
    struct Action {
        bool wanted = false;
        std::function<bool()> perform;
    };
    void add_setting(Setting setting);
    void add_own_options();
    void read_sources(int argc, const char* const* argv);
    void read_file();
    void read_secret_files();
    void assign(Setting& setting);
    void report(const std::string& problem);

    ProgramTexts program_;
    std::string group_ = "Options";
    Settings settings_;
    std::vector<std::function<std::vector<std::string>()>> checks_;
    std::deque<Action> actions_;  // Options refer to them.
    std::vector<std::string> problems_;
    std::string output_;
    ConfigSource config_;
    bool print_config_ = false;
    bool check_config_ = false;
    bool all_sources_read_ = true;
};

template <typename Target, typename Syntax>
void OptionSet::add(OptionSpec spec, Target& target, Syntax syntax) {
    if constexpr (std::is_same_v<Syntax, Number>) {
        syntax = within_limits_of<Target>(syntax);
    }
    if (spec.default_text.empty() && !spec.required) {
        if constexpr (requires { syntax.text(target); }) {
            spec.default_text = syntax.text(target);
        } else {
            spec.default_text = target ? syntax.text(*target) : "";  // an optional
        }
    }
    add_setting({std::move(spec), Syntax::kind, syntax.type_name(),
                 [&target, syntax](const std::vector<std::string>& texts) -> std::vector<std::string> {
                     if constexpr (requires { syntax.read(texts, target); }) {
                         return syntax.read(texts, target);
                     } else {
                         auto value = syntax.parse(texts.back());
                         if (!value) {
                             return {value.error().to_string()};
                         }
                         target = static_cast<Target>(*std::move(value));
                         return {};
                     }
                 }});
}

}  // namespace framebridge::options
