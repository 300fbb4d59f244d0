#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "video_stream_source/camera.h"
#include "video_stream_source/frame_queue.h"

namespace framebridge::stream_source {

/// How the camera is doing.
struct CameraStatus {
    std::string problem;  ///< One sentence; empty: its frames come.
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    std::uint64_t reconnects = 0;  ///< Attempts to connect but for the first one.
    std::uint64_t stalls = 0;      ///< Connections given up because no frame came.
};

/// Reads a camera into a queue, in a thread of its own: libavformat's calls wait. Connects again for ever,
/// with backoff, whatever comes from the camera.
class CameraFeed {
  public:
    struct Config {
        std::string name;
        std::chrono::milliseconds first_pause{500};
        std::chrono::milliseconds max_pause{10'000};
    };

    CameraFeed(const Config& config, OpenCamera open, std::shared_ptr<FrameQueue> queue);
    /// As stop() without time to wait.
    ~CameraFeed();
    CameraFeed(const CameraFeed&) = delete;
    CameraFeed& operator=(const CameraFeed&) = delete;

    /// Closes the queue and ends the thread; one that the system does not let end within `limit` (it looks up
    /// a name) is left to end by itself, with what it needs.
    void stop(std::chrono::milliseconds limit);
    [[nodiscard]] CameraStatus status() const;

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
    std::jthread thread_;
};

}  // namespace framebridge::stream_source
