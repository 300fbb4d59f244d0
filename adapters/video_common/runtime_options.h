#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "framebridge/runtime/fps_meter.h"
#include "framebridge/runtime/options.h"

namespace framebridge {

/// What the two video file adapters have in common.
struct VideoAdapterConfig {
    enum class FpsOutput { standard_output, logger };

    std::string zmq_endpoint;
    std::optional<unsigned> ipc_permissions = 0777;
    std::chrono::milliseconds shutdown_timeout{10'000};
    FpsOutput fps_output = FpsOutput::standard_output;
    std::optional<std::uint64_t> fps_period_frames;
    std::chrono::milliseconds fps_period{0};  ///< 0: none.
    std::string log_level = "info";

    [[nodiscard]] FpsMeter make_fps_meter() const;
};

void add_zmq_options(OptionSet& options, VideoAdapterConfig& config);
void add_runtime_options(OptionSet& options, VideoAdapterConfig& config);

}  // namespace framebridge
