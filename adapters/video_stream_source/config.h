#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/process_config.h"
#include "media/live_input.h"
#include "video_stream_source/camera_feed.h"
#include "video_stream_source/frame_queue.h"
#include "video_stream_source/stream_address.h"
#include "video_stream_source/stream_messages.h"
#include "zmq/sender.h"

namespace framebridge::stream_source {

enum class RtspTransport { tcp, udp };

struct VideoStreamSourceConfig : ProcessConfig {
    StreamAddress address;
    std::string username;
    std::string password;
    RtspTransport rtsp_transport = RtspTransport::tcp;
    bool tls_verify = true;
    std::string tls_ca_file;  ///< Empty: the system's.
    std::string device_size;  ///< Of V4L2, as are the next two; empty: the device's own choice.
    std::string device_rate;
    std::string device_format;
    std::chrono::milliseconds connect_timeout{7000};
    std::chrono::milliseconds stall_timeout{7000};
    std::size_t max_frame_bytes = std::size_t{64} << 20;
    FrameQueue::Limits queue;
    CameraFeed::Config feed;
    StreamMessagesConfig stream;
    zmq::SenderConfig sender;

    /// How libavformat reaches the camera, and what it may open for it: nothing but that.
    [[nodiscard]] media::LiveConfig camera() const;
};

/// Reads the command line, the environment and the config file. Returns the exit code if the process is to
/// end here.
std::optional<int> parse_video_stream_source_config(int argc, const char* const* argv,
                                                    VideoStreamSourceConfig& config);

}  // namespace framebridge::stream_source
