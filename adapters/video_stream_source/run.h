#pragma once

#include "runtime/stop_signal.h"
#include "video_stream_source/config.h"

namespace framebridge::stream_source {

/// Opens the socket and sends the camera's frames until it is stopped; says in the log's last line what was
/// sent. Returns the exit code: 0, or 75 if not all that was sent could be delivered.
int run_video_stream_source(const VideoStreamSourceConfig& config, runtime::StopSignal& stop);

}  // namespace framebridge::stream_source
