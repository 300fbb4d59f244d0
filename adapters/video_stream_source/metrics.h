#pragma once

#include <chrono>

#include "runtime/metrics.h"
#include "video_stream_source/video_stream_source.h"

namespace framebridge::stream_source {

/// The source's report as metrics, under `framebridge_stream_source_`.
class StreamSourceMetrics {
  public:
    explicit StreamSourceMetrics(runtime::Metrics& metrics);
    /// Brings the metrics up to what the report says.
    void publish(const VideoStreamSourceReport& report);
    /// A frame was sent so long after it came.
    void frame_sent(std::chrono::duration<double> delay) { delay_.Observe(delay.count()); }

  private:
    prometheus::Counter& frames_;
    prometheus::Counter& bytes_;
    prometheus::Counter& streams_;
    prometheus::Counter& received_frames_;
    prometheus::Counter& reconnects_;
    prometheus::Counter& stalls_;
    prometheus::Counter& clock_jumps_;
    prometheus::Counter& dropped_before_keyframe_;
    prometheus::Counter& dropped_slow_;
    prometheus::Gauge& waiting_;
    prometheus::Gauge& up_;
    prometheus::Histogram& delay_;
};

}  // namespace framebridge::stream_source
