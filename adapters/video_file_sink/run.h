#pragma once

#include "runtime/stop_signal.h"
#include "video_file_sink/config.h"

namespace framebridge::video_sink {

/// Opens the socket, writes the files, says in the log's last line what was written. Returns the exit code:
/// 0, 74 if something could not be written, or 65 if frames came and not one was of use.
int run_video_file_sink(const VideoFileSinkConfig& config, runtime::StopSignal& stop);

}  // namespace framebridge::video_sink
