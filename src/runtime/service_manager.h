#pragma once

#include <string_view>

namespace framebridge::runtime {

/// What systemd is told of a process that it started with Type=notify: sd_notify(3). Nobody is told of one
/// that it did not start, and nothing in a build without libsystemd.
enum class ServiceState {
    ready,     ///< The loop runs.
    alive,     ///< The loop has turned: for WatchdogSec=.
    stopping,  ///< What is in flight is finished.
};
/// `status` is what `systemctl status` shows. Safe to call from any thread.
void tell_service_manager(ServiceState state, std::string_view status) noexcept;

}  // namespace framebridge::runtime
