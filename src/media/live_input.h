#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "media/av_handles.h"
#include "media/demuxer.h"
#include "media/video_stream.h"

namespace framebridge::media {

/// The camera sent no frame for as long as that may take.
class StallError : public MediaError {
  public:
    using MediaError::MediaError;
};

/// How a camera is reached, and what it may make libavformat do.
struct LiveConfig {
    std::string url;                   ///< With credentials, if it needs them.
    std::string name;                  ///< The camera in errors: without credentials.
    std::vector<std::string> secrets;  ///< What no error may show.
    std::string format;                ///< libavformat's demuxer; empty: one of `formats`, as the bytes say.
    std::string formats;               ///< The demuxers allowed, separated by commas.
    std::string protocols;             ///< The protocols allowed, separated by commas.
    std::map<std::string, std::string> options;  ///< libavformat's.
    std::chrono::milliseconds connect_timeout{7000};
    std::chrono::milliseconds stall_timeout{7000};  ///< Between two frames, and for the first one.
};

/// A camera's stream as libavformat reads it over a network, or from a device. Every wait ends at its timeout
/// or when a stop is requested, but for those that the system does not let anybody end: the lookup of a name.
class LiveInput final : public Demuxer {
  public:
    /// Connects, and reads until the streams are known. Throws MediaError with the reason, in one sentence.
    LiveInput(LiveConfig config, std::stop_token stop);

    [[nodiscard]] AVFormatContext& context() const override { return *context_; }
    /// Throws MediaError where it knows the reason.
    int read_packet(AVPacket& packet) override;
    /// Whether frames have times of their own. A series of JPEG files has none; libavformat makes them up.
    [[nodiscard]] bool has_times() const;
    /// When it began to read: the first frames came since then.
    [[nodiscard]] std::chrono::system_clock::time_point probe_begin() const { return probe_begin_; }

  private:
    using Clock = std::chrono::steady_clock;

    void open();
    void find_streams();
    int read_within_time(AVPacket& packet);
    [[nodiscard]] bool is_device() const { return config_.format == "v4l2"; }
    [[nodiscard]] bool expired() const { return Clock::now() >= deadline_; }
    [[nodiscard]] std::string reason(const char* what, int error, const std::string& detail) const;
    static int interrupted(void* self);

    LiveConfig config_;
    std::stop_token stop_;
    Clock::time_point deadline_;
    std::chrono::system_clock::time_point probe_begin_;
    Clock::duration patience_;  ///< What is left for the next frame of video.
    bool begun_ = false;        ///< A frame of video was read.
    AvInput context_;
};

/// Bounds every allocation of libav in this process: what a peer sends can make it take no more at once.
void limit_av_allocations(std::size_t bytes);

}  // namespace framebridge::media
