#include "video_file_sink/metrics.h"

namespace framebridge::video_sink {

VideoSinkMetrics::VideoSinkMetrics(runtime::Metrics& metrics)
    : files_(metrics.counter("framebridge_video_sink_files_total", "Files that were completed")),
      frames_(metrics.counter("framebridge_video_sink_frames_total", "Frames taken to be written")),
      bytes_(metrics.counter("framebridge_video_sink_bytes_total", "Bytes of the frames in completed files")),
      repeated_(metrics.counter("framebridge_video_sink_repeated_total",
                                "Frames dropped that came again, or out of order")),
      before_keyframe_(metrics.counter("framebridge_video_sink_before_keyframe_total",
                                       "Frames dropped before the first keyframe of a stream")),
      left_out_(metrics.counter("framebridge_video_sink_left_out_total",
                                "Frames that are not to be shown, and could not be hidden")),
      lost_(metrics.counter("framebridge_video_sink_lost_total", "Frames taken, and then not to be written")),
      missing_(metrics.counter("framebridge_video_sink_missing_total",
                               "Frames that did not come, by their numbers, or came without their bytes")),
      unusable_(metrics.counter("framebridge_video_sink_unusable_total",
                                "Messages that cannot be read, and frames without bytes")),
      failures_(metrics.counter("framebridge_video_sink_failures_total",
                                "Frames and files that could not be written")) {}

void VideoSinkMetrics::publish(const VideoFileSinkReport& report) {
    runtime::raise_to(files_, report.recorded.files);
    runtime::raise_to(bytes_, report.recorded.kept.bytes);
    runtime::raise_to(repeated_, report.repeated);
    runtime::raise_to(before_keyframe_, report.before_keyframe);
    runtime::raise_to(left_out_, report.left_out);
    runtime::raise_to(lost_, report.recorded.lost_frames);
    runtime::raise_to(missing_, report.recorded.missing_frames);
    runtime::raise_to(unusable_, report.unusable);
    runtime::raise_to(failures_, report.failures);
}

}  // namespace framebridge::video_sink
