#include "video_common/runtime_options.h"

#include <spdlog/spdlog.h>

#include <charconv>
#include <cstdio>

#include "framebridge/runtime/logging.h"

namespace framebridge {

namespace {

std::string parse_permissions(const std::string& text, std::optional<unsigned>& permissions) {
    if (text == "none") {
        permissions.reset();
        return {};
    }
    unsigned mode = 0;
    const auto* end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, mode, 8);
    if (error != std::errc{} || parsed != end || mode > 0777)
        return "'" + text + "' is neither an octal mode such as 0770 nor 'none'";
    permissions = mode;
    return {};
}

}  // namespace

FpsMeter VideoAdapterConfig::make_fps_meter() const {
    FpsMeter::Config meter;
    meter.period_frames = fps_period_frames;
    if (fps_period.count() > 0)
        meter.period = fps_period;
    if (!meter.period_frames && !meter.period)
        meter.period_frames = 1000;
    if (fps_output == FpsOutput::logger)
        return {meter, [](const std::string& text) { spdlog::info("{}", text); }};
    return {meter, [](const std::string& text) {
                std::puts(text.c_str());
                std::fflush(stdout);
            }};
}

void add_zmq_options(OptionSet& options, VideoAdapterConfig& config) {
    options.group("ZeroMQ");
    options.add(
        {.flag = "--zmq-endpoint",
         .environment = "ZMQ_ENDPOINT",
         .help = "Socket of the pipeline's side: [TYPE+(bind|connect):]ipc:///path or tcp://host:port",
         .required = true},
        config.zmq_endpoint);
    options.add_custom({.flag = "--zmq-ipc-permissions",
                        .environment = "FRAMEBRIDGE_ZMQ_IPC_PERMISSIONS",
                        .help = "Octal mode of a bound ipc socket's file, or none to leave it to the umask"},
                       "0777", [&config](const std::string& text) {
                           return parse_permissions(text, config.ipc_permissions);
                       });
}

void add_runtime_options(OptionSet& options, VideoAdapterConfig& config) {
    options.group("Running");
    options.add_seconds({.flag = "--shutdown-timeout",
                         .environment = "FRAMEBRIDGE_SHUTDOWN_TIMEOUT",
                         .help = "Seconds that a stop (SIGTERM, SIGINT) may take to finish what is in work"},
                        config.shutdown_timeout, Range{0, 86'400'000});
    options.add_choice(
        {.flag = "--fps-output", .environment = "FPS_OUTPUT", .help = "Where frames per second are reported"},
        config.fps_output,
        {{"stdout", VideoAdapterConfig::FpsOutput::standard_output},
         {"logger", VideoAdapterConfig::FpsOutput::logger}});
    options.add({.flag = "--fps-period-frames",
                 .environment = "FPS_PERIOD_FRAMES",
                 .help = "Report after so many frames (1000 if neither period is given)"},
                config.fps_period_frames, Range{1});
    options.add_seconds({.flag = "--fps-period-seconds",
                         .environment = "FPS_PERIOD_SECONDS",
                         .help = "Report after so many seconds; 0: not by time"},
                        config.fps_period, Range{0});
    options.add_custom({.flag = "--log-level",
                        .environment = "LOGLEVEL",
                        .help = "trace, debug, info, warning, error, critical or off"},
                       config.log_level, [&config](const std::string& text) {
                           if (!is_log_level(text))
                               return "'" + text +
                                      "' is not trace, debug, info, warning, error, critical or off";
                           config.log_level = text;
                           return std::string{};
                       });
}

}  // namespace framebridge
