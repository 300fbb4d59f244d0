#pragma once

#include "runtime/metrics.h"
#include "video_file_source/source_player.h"

namespace framebridge::video_source {

/// The source's report as metrics, under `framebridge_video_source_`.
class VideoSourceMetrics {
  public:
    explicit VideoSourceMetrics(runtime::Metrics& metrics);
    /// Brings the metrics up to what the report says.
    void publish(const PlayReport& total);

  private:
    prometheus::Counter& frames_;
    prometheus::Counter& bytes_;
    prometheus::Counter& streams_;
    prometheus::Counter& failed_files_;
};

}  // namespace framebridge::video_source
