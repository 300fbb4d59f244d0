#pragma once

#include "runtime/metrics.h"
#include "video_file_sink/video_file_sink.h"

namespace framebridge::video_sink {

/// The sink's report as metrics, under `framebridge_video_sink_`.
class VideoSinkMetrics {
  public:
    explicit VideoSinkMetrics(runtime::Metrics& metrics);
    void count_frame() { frames_.Increment(); }
    /// Brings the other metrics up to what the report says.
    void publish(const VideoFileSinkReport& report);

  private:
    prometheus::Counter& files_;
    prometheus::Counter& frames_;
    prometheus::Counter& bytes_;
    prometheus::Counter& repeated_;
    prometheus::Counter& before_keyframe_;
    prometheus::Counter& left_out_;
    prometheus::Counter& lost_;
    prometheus::Counter& missing_;
    prometheus::Counter& unusable_;
    prometheus::Counter& failures_;
};

}  // namespace framebridge::video_sink
