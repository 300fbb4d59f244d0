#include "common/shutdown_order.h"

#include <spdlog/spdlog.h>

namespace framebridge {

bool ShutdownOrder::passes(const protocol::Envelope& envelope) {
    if (envelope.kind != protocol::MessageKind::shutdown) {
        return true;
    }
    if (!auth_.empty() && envelope.shutdown_auth != auth_) {
        spdlog::warn("ignored a Shutdown message: its auth is not that of --shutdown-auth");
        return false;
    }
    if (action_ == OnShutdown::stop) {
        stop_ordered_ = true;
    }
    return action_ == OnShutdown::forward;
}

}  // namespace framebridge
