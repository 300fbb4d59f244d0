#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "media/live_input.h"
#include "video_stream_source/frame_queue.h"

namespace framebridge::stream_source {

/// A camera that is connected. One thread owns it. A fake stands in for it in scenario tests.
class Camera {
  public:
    virtual ~Camera() = default;
    /// Waits for the next frame; nothing: the camera has ended its stream. Throws media::MediaError with the
    /// reason: a StallError if none came for too long.
    virtual std::optional<CameraFrame> read() = 0;
};

/// Connects to a camera; the stop ends that, and all of its reads. Throws media::MediaError.
using OpenCamera = std::function<std::unique_ptr<Camera>(const std::stop_token& stop)>;

/// Connects by libavformat.
OpenCamera libav_camera(media::LiveConfig config);

}  // namespace framebridge::stream_source
