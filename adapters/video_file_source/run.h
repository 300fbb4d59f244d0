#pragma once

#include "runtime/stop_signal.h"
#include "video_file_source/config.h"

namespace framebridge::video_source {

/// Opens the socket, sends the files, says in the log's last line what was sent. Returns the exit code: 0, 65
/// if a file could not be read (the others were sent), 75 if not all that was sent could be delivered.
int run_video_file_source(const VideoFileSourceConfig& config, runtime::StopSignal& stop);

}  // namespace framebridge::video_source
