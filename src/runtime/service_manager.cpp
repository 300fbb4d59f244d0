#include "runtime/service_manager.h"

#ifdef FRAMEBRIDGE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <algorithm>
#include <array>
#include <cstdio>

namespace framebridge::runtime {

#ifdef FRAMEBRIDGE_SYSTEMD
void tell_service_manager(ServiceState state, std::string_view status) noexcept {
    constexpr std::size_t max_status = 256;
    const auto* word = state == ServiceState::ready   ? "READY=1"
                       : state == ServiceState::alive ? "WATCHDOG=1"
                                                      : "STOPPING=1";
    const auto line = status.substr(0, std::min(status.find('\n'), max_status));
    std::array<char, max_status + 32> text{};
    std::snprintf(text.data(), text.size(), "%s\nSTATUS=%.*s", word, static_cast<int>(line.size()),
                  line.data());
    // Nobody to be told, or nobody who listens: the adapter goes on.
    (void)sd_notify(0, text.data());
}
#else
void tell_service_manager(ServiceState /*state*/, std::string_view /*status*/) noexcept {}
#endif

}  // namespace framebridge::runtime
