#pragma once

#include <string>

#include "common/config.h"
#include "framebridge/protocol/envelope.h"

namespace framebridge {

/// What --on-shutdown and --shutdown-auth make of Shutdown messages.
class ShutdownOrder {
  public:
    explicit ShutdownOrder(const AdapterConfig& config)
        : action_(config.on_shutdown), auth_(config.shutdown_auth) {}

    /// Whether the message is to be passed on. A Shutdown message may be meant for this adapter instead.
    [[nodiscard]] bool passes(const protocol::Envelope& envelope);
    /// Whether a message ordered this adapter to stop.
    [[nodiscard]] bool stop_ordered() const { return stop_ordered_; }

  private:
    OnShutdown action_;
    std::string auth_;
    bool stop_ordered_ = false;
};

}  // namespace framebridge
