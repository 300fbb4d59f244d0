#include "video_file_source/metrics.h"

namespace framebridge::video_source {

VideoSourceMetrics::VideoSourceMetrics(runtime::Metrics& metrics)
    : frames_(metrics.counter("framebridge_video_source_frames_total", "Frames sent")),
      bytes_(metrics.counter("framebridge_video_source_bytes_total", "Bytes of the frames sent")),
      streams_(metrics.counter("framebridge_video_source_streams_total", "Streams sent to their end")),
      failed_files_(metrics.counter("framebridge_video_source_failed_files_total",
                                    "Files that could not be read, or not to their end")) {}

void VideoSourceMetrics::publish(const PlayReport& total) {
    runtime::raise_to(frames_, total.frames);
    runtime::raise_to(bytes_, total.bytes);
    runtime::raise_to(streams_, total.streams);
    runtime::raise_to(failed_files_, total.failed_files);
}

}  // namespace framebridge::video_source
