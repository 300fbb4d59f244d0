#include "common/shutdown_order.h"

#include <spdlog/spdlog.h>

namespace framebridge {

bool ShutdownOrder::passes(const protocol::Envelope& envelope) {
    if (envelope.kind != protocol::MessageKind::shutdown) {
        return true;
    }
    if (!config_.shutdown_auth.empty() && envelope.shutdown_auth != config_.shutdown_auth) {
        spdlog::warn("ignored a Shutdown message: its auth is not that of --shutdown-auth");
        return false;
    }
    if (config_.on_shutdown == OnShutdown::stop) {
        stop_ordered_ = true;
    }
    return config_.on_shutdown == OnShutdown::forward;
}

}  // namespace framebridge
