#pragma once

#include <string>

namespace framebridge::runtime {

/// Asks the adapter that serves its health at `listen` (as of --metrics-listen), for a container's health
/// check. Returns what it answers; `healthy` if that is all well.
struct HealthAnswer {
    bool healthy = false;
    std::string text;
};
HealthAnswer check_health(const std::string& listen);

}  // namespace framebridge::runtime
