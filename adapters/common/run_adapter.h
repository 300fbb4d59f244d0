#pragma once

#include <functional>
#include <string>

namespace framebridge {

/// Runs an adapter's main: sets up logging (info, until the body sets it up by its options), ignores SIGPIPE
/// (a peer or a reader of stdout that went away is an error of that write), and returns the body's exit code.
/// A Failure that leaves the body is logged and becomes its exit code, any other exception 70.
int run_adapter(const std::string& program, const std::function<int()>& body);

}  // namespace framebridge
