#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framebridge::options {

/// One option: a flag, an environment variable, a line of help.
struct OptionSpec {
    std::string flag;         ///< `--redis-port`; also its key in a config file, without the dashes.
    std::string environment;  ///< `REDIS_PORT` (Savant's name) or `FRAMEBRIDGE_...`; empty for none.
    std::string help;         ///< One sentence, with the unit.
    bool required = false;
    bool secret = false;  ///< Never printed.
};

struct Range {
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// The options of a program, on top of CLI11. A flag goes before the environment, the environment before the
/// config file (`--config`, FRAMEBRIDGE_CONFIG; TOML, the keys are the flags without dashes), the file before
/// the default (the target's value when the option was added, shown by --help). The first of these that has
/// the option gives all of it: repeatable options are not merged. An empty environment variable counts as not
/// set; blanks around a value that is not free text do not matter. Of a flag that was repeated but takes one
/// value, the last counts. Unknown flags and keys are errors; an unknown FRAMEBRIDGE_* variable, which may be
/// meant for another adapter in the same deployment, is a warning on stderr. The targets must outlive
/// parse(). `--help`, `--version`,
/// `--print-config` and `--config` are there by themselves.
class OptionSet {
  public:
    OptionSet(std::string program, std::string description);
    ~OptionSet();
    OptionSet(const OptionSet&) = delete;
    OptionSet& operator=(const OptionSet&) = delete;

    /// The options added after it stand under this title in --help.
    void group(std::string title);

    void add(OptionSpec spec, std::string& target);
    /// A flag with an optional value: true/1/yes/on/y/t, false/0/no/off/n/f, in any case (as Python's
    /// strtobool).
    void add(OptionSpec spec, bool& target);
    void add(OptionSpec spec, int& target, Range range = {});
    void add(OptionSpec spec, std::uint16_t& target, Range range = {1, 65535});
    void add(OptionSpec spec, std::uint32_t& target, Range range = {0, 4294967295});
    void add(OptionSpec spec, std::optional<std::uint64_t>& target, Range range = {});
    /// Given in seconds, whole or with a fraction.
    void add_seconds(OptionSpec spec, std::chrono::milliseconds& target, Range range_ms = {0});
    /// Given in milliseconds.
    void add_milliseconds(OptionSpec spec, std::chrono::milliseconds& target, Range range = {0});
    /// A size in bytes, with an optional suffix (B, kB, KiB, MB, MiB, GB, GiB).
    void add_bytes(OptionSpec spec, std::size_t& target, Range range = {0});
    /// Repeatable `key=value`, a table or an array of `key=value` in a config file. An environment variable
    /// holds several, separated by commas; what follows a comma and has no `=` belongs to the value before
    /// it. Values under keys that contain `password`, `secret`, `pem` or `sasl.jaas` are not printed.
    void add(OptionSpec spec, std::map<std::string, std::string>& target);
    /// Repeatable text; an environment variable holds several, separated by commas.
    void add(OptionSpec spec, std::vector<std::string>& target);
    /// The same, also taking the arguments that stand without a flag; one option of a program at most.
    void add_positionals(OptionSpec spec, std::vector<std::string>& target);
    /// One of a few words.
    template <typename Enum>
    void add_choice(OptionSpec spec, Enum& target, std::vector<std::pair<std::string, Enum>> choices) {
        std::vector<std::string> words;
        std::string initial;
        for (const auto& [word, value] : choices) {
            words.push_back(word);
            if (value == target && initial.empty()) {
                initial = word;
            }
        }
        const std::function<void(std::size_t)> choose =
            [&target, choices = std::move(choices)](std::size_t index) { target = choices[index].second; };
        add_words(std::move(spec), std::move(words), std::move(initial), choose);
    }
    /// Anything else: `parse` takes the text and returns what is wrong with it, or an empty string.
    void add_custom(OptionSpec spec, std::string default_text,
                    std::function<std::string(const std::string&)> parse);

    /// A check that looks at several options, after all are read: returns what is wrong, one sentence each,
    /// naming the options.
    void check(std::function<std::vector<std::string>()> problems);

    /// A further line for --version, such as a library's.
    void version_note(std::string line);

    /// Reads everything into the targets; called once. Returns nullopt to go on, or the exit code: 0 after
    /// --help, --version or
    /// --print-config (printed to stdout), 78 after all that is wrong was printed to stderr, one line each
    /// with the option's flag, its variable, and where the value came from.
    std::optional<int> parse(int argc, const char* const* argv);

    /// Whether the option was given at all (flag, environment or file).
    [[nodiscard]] bool given(std::string_view flag) const;

  private:
    void add_words(OptionSpec spec, std::vector<std::string> words, std::string initial,
                   std::function<void(std::size_t)> choose);
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace framebridge::options
