#include "video_stream_source/metrics.h"

namespace framebridge::stream_source {

namespace {

constexpr auto dropped = "framebridge_stream_source_dropped_frames_total";
constexpr auto dropped_help = "Frames of the camera that were not sent, by the reason";

}  // namespace

StreamSourceMetrics::StreamSourceMetrics(runtime::Metrics& metrics)
    : frames_(metrics.counter("framebridge_stream_source_frames_total", "Frames sent")),
      bytes_(metrics.counter("framebridge_stream_source_bytes_total", "Bytes of the frames sent")),
      streams_(metrics.counter("framebridge_stream_source_streams_total", "Ends of stream sent")),
      received_frames_(metrics.counter("framebridge_stream_source_received_frames_total",
                                       "Frames that came from the camera")),
      reconnects_(metrics.counter("framebridge_stream_source_reconnects_total",
                                  "Attempts to connect to the camera again")),
      stalls_(metrics.counter("framebridge_stream_source_stalls_total",
                              "Connections given up because no frame came (--stall-timeout)")),
      clock_jumps_(metrics.counter("framebridge_stream_source_clock_jumps_total",
                                   "Jumps of the camera's clock within a stream, which its frames' times "
                                   "leave out")),
      dropped_before_keyframe_(metrics.counter(dropped, dropped_help, {{"reason", "before_keyframe"}})),
      dropped_slow_(metrics.counter(dropped, dropped_help, {{"reason", "slow_pipeline"}})),
      waiting_(metrics.gauge("framebridge_stream_source_waiting_frames",
                             "Frames that came and are not sent yet (--queue-size)")),
      up_(metrics.gauge("framebridge_stream_source_camera_up",
                        "1: the camera's frames come; 0: they do not")),
      delay_(metrics.histogram("framebridge_stream_source_delay_seconds",
                               "Time from a frame's arrival to when it was sent", runtime::delay_seconds())) {
}

void StreamSourceMetrics::publish(const VideoStreamSourceReport& report) {
    runtime::raise_to(frames_, report.frames);
    runtime::raise_to(bytes_, report.bytes);
    runtime::raise_to(streams_, report.streams);
    runtime::raise_to(received_frames_, report.camera.frames);
    runtime::raise_to(reconnects_, report.camera.reconnects);
    runtime::raise_to(stalls_, report.camera.stalls);
    runtime::raise_to(clock_jumps_, report.clock_jumps);
    runtime::raise_to(dropped_before_keyframe_, report.left_out.before_keyframe);
    runtime::raise_to(dropped_slow_, report.left_out.slow);
    waiting_.Set(static_cast<double>(report.waiting));
    up_.Set(report.camera.problem.empty() ? 1 : 0);
}

}  // namespace framebridge::stream_source
