#include "video_stream_source/config.h"

#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace framebridge::stream_source {

namespace {

using Protocol = StreamAddress::Protocol;

constexpr auto http_formats = "flv,live_flv,mpegts,mpjpeg,mjpeg,matroska";

void add_camera_options(options::OptionSet& options, VideoStreamSourceConfig& config) {
    options.group("Camera");
    options.add({.flag = "--url",
                 .environment = "RTSP_URI",
                 .help = "The camera: rtsp://, rtsps://, http://, https:// (FLV, MPEG-TS, MJPEG), srt:// "
                         "(MPEG-TS) or a V4L2 device such as /dev/video0",
                 .required = true,
                 .secret = true},
                config.address);
    options.add({.flag = "--source-id",
                 .environment = "SOURCE_ID",
                 .help = "Source that the camera's frames are sent as",
                 .required = true},
                config.stream.source_id);
    options.add({"--username", "FRAMEBRIDGE_STREAM_USERNAME", "User at the camera; empty: as in --url"},
                config.username);
    options.add({.flag = "--password",
                 .environment = "FRAMEBRIDGE_STREAM_PASSWORD",
                 .help = "That user's password",
                 .secret = true},
                config.password);
    options.add({"--rtsp-transport", "RTSP_TRANSPORT", "How an RTSP camera sends"}, config.rtsp_transport,
                options::Choice<RtspTransport>{{"tcp", RtspTransport::tcp}, {"udp", RtspTransport::udp}});
    options.add(
        {"--tls-verify", "FRAMEBRIDGE_TLS_VERIFY",
         "Check the camera's certificate (https); rtsps needs false: libavformat cannot check it there"},
        config.tls_verify);
    options.add(
        {"--tls-ca", "FRAMEBRIDGE_TLS_CA", "PEM file of the authorities to trust; empty: the system's"},
        config.tls_ca_file);
    options.add({"--device-size", "FRAMEBRIDGE_DEVICE_SIZE",
                 "Size of a V4L2 device's frames, such as 1280x720; empty: as it is set"},
                config.device_size);
    options.add({"--device-framerate", "FRAMEBRIDGE_DEVICE_FRAMERATE",
                 "Frames per second of a V4L2 device; empty: as it is set"},
                config.device_rate);
    options.add({"--device-format", "FRAMEBRIDGE_DEVICE_FORMAT",
                 "Format of a V4L2 device's frames, such as mjpeg, h264 or yuyv422; empty: its first one"},
                config.device_format);
}

void add_connection_options(options::OptionSet& options, VideoStreamSourceConfig& config) {
    options.group("Connection");
    options.add(
        {"--connect-timeout", "FRAMEBRIDGE_CONNECT_TIMEOUT", "Seconds that the camera may take to answer"},
        config.connect_timeout, options::Seconds{100ms, 24h});
    options.add({"--stall-timeout", "FRAMEBRIDGE_STALL_TIMEOUT",
                 "Seconds without a frame after which the camera is connected to again"},
                config.stall_timeout, options::Seconds{100ms, 24h});
    options.add({"--max-reconnect-delay", "FRAMEBRIDGE_MAX_RECONNECT_DELAY",
                 "Seconds between two attempts to connect at most: the first pause is of half a second, each "
                 "other one twice as long, with jitter"},
                config.feed.max_pause, options::Seconds{500ms, 24h});
}

void add_stream_options(options::OptionSet& options, VideoStreamSourceConfig& config) {
    options.group("Streams");
    options.add(
        {"--pts", "FRAMEBRIDGE_PTS",
         "continuing: time since the first frame, which goes on over reconnects; absolute: Unix time"},
        config.stream.pts,
        options::Choice<PtsMode>{{"continuing", PtsMode::continuing}, {"absolute", PtsMode::absolute}});
    options.add({.flag = "--end-of-stream-on-change",
                 .environment = "FRAMEBRIDGE_END_OF_STREAM_ON_CHANGE",
                 .help = "End of stream also where the codec or the size changes without a reconnect"},
                config.stream.end_of_stream_on_change);
    options.add({"--slow-pipeline", "FRAMEBRIDGE_SLOW_PIPELINE",
                 "When the queue is full: drop (and count) new frames up to the next keyframe that has room, "
                 "or block: do not read the camera"},
                config.queue.when_slow,
                options::Choice<WhenSlow>{{"drop", WhenSlow::drop}, {"block", WhenSlow::block}});
    options.add({"--queue-size", "QUEUE_SIZE", "Frames that wait to be sent at most"}, config.queue.frames,
                options::Number{1, 1'000'000});
    options.add({"--max-in-flight-bytes", "FRAMEBRIDGE_MAX_IN_FLIGHT_BYTES",
                 "Bytes of the frames that wait at most; one frame is always let in"},
                config.queue.bytes, options::Bytes{1});
    options.add({"--max-frame-bytes", "FRAMEBRIDGE_MAX_FRAME_BYTES",
                 "Bytes of one frame at most; a camera that sends a larger one is connected to again"},
                config.max_frame_bytes, options::Bytes{std::size_t{8} << 20, std::size_t{1} << 30});
}

std::vector<std::string> check_config(const VideoStreamSourceConfig& config) {
    std::vector<std::string> problems;
    const bool has_userinfo = !config.address.userinfo().empty();
    if (has_userinfo && (!config.username.empty() || !config.password.empty())) {
        problems.emplace_back(
            "--username (FRAMEBRIDGE_STREAM_USERNAME), --password (FRAMEBRIDGE_STREAM_PASSWORD): --url names "
            "a user already: give one of them, not both");
    }
    if (config.username.empty() && !config.password.empty()) {
        problems.emplace_back("--password (FRAMEBRIDGE_STREAM_PASSWORD) needs --username");
    }
    if (config.username.find(':') != std::string::npos) {
        problems.emplace_back("--username (FRAMEBRIDGE_STREAM_USERNAME): a user's name has no ':'");
    }
    const auto protocol = config.address.protocol();
    if ((protocol == Protocol::srt || protocol == Protocol::v4l2) &&
        (has_userinfo || !config.username.empty())) {
        problems.emplace_back(protocol == Protocol::srt
                                  ? "--url: SRT has no users; a passphrase stands in the address: "
                                    "srt://host:port?passphrase=..."
                                  : "--username (FRAMEBRIDGE_STREAM_USERNAME): a device has no users");
    }
    if (protocol == Protocol::rtsps && config.tls_verify) {
        problems.emplace_back(
            "--tls-verify (FRAMEBRIDGE_TLS_VERIFY): libavformat cannot check the certificate of an rtsps:// "
            "camera: set it to false if that is good enough");
    }
    return problems;
}

}  // namespace

media::LiveConfig VideoStreamSourceConfig::camera() const {
    const auto userinfo =
        username.empty() ? address.userinfo() : percent_encoded(username) + ":" + percent_encoded(password);
    media::LiveConfig camera;
    camera.url = address.url(userinfo);
    camera.name = stream.source_id + " (" + address.to_string() + ")";
    camera.secrets = {camera.url, userinfo, address.query(), password, percent_encoded(password)};
    camera.connect_timeout = connect_timeout;
    camera.stall_timeout = stall_timeout;
    auto& options = camera.options;
    switch (address.protocol()) {
        case Protocol::rtsp:
        case Protocol::rtsps:
            camera.format = "rtsp";
            camera.formats = "rtsp";
            camera.protocols = address.protocol() == Protocol::rtsps ? "tcp,tls,rtp,udp" : "tcp,rtp,udp";
            options["rtsp_transport"] = rtsp_transport == RtspTransport::tcp ? "tcp" : "udp";
            options["allowed_media_types"] = "video";
            break;
        case Protocol::http:
        case Protocol::https:
            camera.formats = http_formats;
            camera.protocols = address.protocol() == Protocol::https ? "https,tls,tcp" : "http,tcp";
            options["seekable"] = "0";
            options["max_redirects"] = "0";
            options["tls_verify"] = tls_verify ? "1" : "0";
            if (!tls_ca_file.empty()) {
                options["ca_file"] = tls_ca_file;
            }
            break;
        case Protocol::srt:
            camera.format = "mpegts";
            camera.formats = "mpegts";
            camera.protocols = "srt";
            break;
        case Protocol::v4l2:
            camera.format = "v4l2";
            camera.formats = "video4linux2,v4l2";
            camera.protocols = "none";
            for (const auto& [key, value] :
                 {std::pair<const char*, const std::string&>{"video_size", device_size},
                  {"framerate", device_rate},
                  {"input_format", device_format}}) {
                if (!value.empty()) {
                    options[key] = value;
                }
            }
            break;
    }
    return camera;
}

std::optional<int> parse_video_stream_source_config(int argc, const char* const* argv,
                                                    VideoStreamSourceConfig& config) {
    options::OptionSet options("video-stream-source",
                               "Sends a camera's frames to a ZeroMQ socket, without transcoding.");
    add_camera_options(options, config);
    add_connection_options(options, config);
    add_stream_options(options, config);
    add_sender_options(options, config.sender,
                       "Seconds to wait for an acknowledgement: then REQ sends again");
    add_message_options(options, config.stream.messages);
    add_runtime_options(options, config);
    options.check([&config] { return check_config(config); });
    if (const auto exit_code = parse_options(options, argc, argv)) {
        return exit_code;
    }
    config.feed.name = config.camera().name;
    return std::nullopt;
}

}  // namespace framebridge::stream_source
