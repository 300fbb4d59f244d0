#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace framebridge {

/// What a parser of options made of a command line.
struct OptionsRun {
    std::optional<int> exit_code;
    std::string out;
    std::string err;
};

/// Calls `parse(argc, argv)` with these arguments, in an environment that holds nothing but `variables`.
template <typename Parse>
OptionsRun run_options(Parse parse, std::vector<std::string> arguments,
                       const std::vector<std::pair<std::string, std::string>>& variables = {}) {
    clearenv();  // whoever runs the tests may have set variables that adapters look at
    for (const auto& [name, value] : variables) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    arguments.insert(arguments.begin(), "adapter");
    std::vector<const char*> argv;
    for (const auto& argument : arguments) {
        argv.push_back(argument.c_str());
    }
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    OptionsRun run;
    run.exit_code = parse(static_cast<int>(argv.size()), argv.data());
    run.out = testing::internal::GetCapturedStdout();
    run.err = testing::internal::GetCapturedStderr();
    clearenv();
    return run;
}

}  // namespace framebridge
