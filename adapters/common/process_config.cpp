#include "common/process_config.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <vector>

#include "runtime/logging.h"

namespace framebridge {

runtime::FpsMeter FpsConfig::make_meter() const {
    runtime::FpsMeter::Config meter;
    meter.period_frames = period_frames;
    if (period.count() > 0) {
        meter.period = period;
    }
    if (!meter.period_frames && !meter.period) {
        meter.period_frames = 1000;
    }
    if (output == FpsOutput::logger) {
        return {meter, [](const std::string& text) { spdlog::info("{}", text); }};
    }
    return {meter, [](const std::string& text) {
                std::puts(text.c_str());
                std::fflush(stdout);
            }};
}

namespace {

/// `0777`-like octal text, or `none`, into a mode; what is wrong with it, or empty.
std::string parse_permissions(const std::string& text, std::optional<unsigned>& permissions) {
    if (text == "none") {
        permissions.reset();
        return {};
    }
    std::size_t used = 0;
    unsigned long mode = 0;
    try {
        mode = std::stoul(text, &used, 8);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used != text.size() || text.empty() || mode > 0777) {
        return "'" + text + "' is neither an octal mode such as 0770 nor 'none'";
    }
    permissions = static_cast<unsigned>(mode);
    return {};
}

}  // namespace

void add_zmq_options(options::OptionSet& options, ProcessConfig& config) {
    options.group("ZeroMQ");
    options.add(
        {.flag = "--zmq-endpoint",
         .environment = "ZMQ_ENDPOINT",
         .help = "Socket of the pipeline's side: [type+(bind|connect):]ipc:///path or tcp://host:port",
         .required = true},
        config.zmq_endpoint);
    options.add_custom({.flag = "--zmq-ipc-permissions",
                        .environment = "FRAMEBRIDGE_ZMQ_IPC_PERMISSIONS",
                        .help = "Octal mode of a bound ipc socket's file, or none to leave it to the umask"},
                       "0777", [&config](const std::string& text) {
                           return parse_permissions(text, config.ipc_permissions);
                       });
}

void add_receiver_options(options::OptionSet& options, zmq::ReceiverConfig& receiver,
                          const std::string& source_id_variable, const std::string& topic_prefix_variable) {
    options.add({.flag = "--zmq-receive-hwm",
                 .environment = "FRAMEBRIDGE_ZMQ_RECEIVE_HWM",
                 .help = "High water mark of the ZeroMQ socket, in messages per peer"},
                receiver.receive_high_water_mark, options::Range{1, 1'000'000});
    options.add({.flag = "--source-id",
                 .environment = source_id_variable,
                 .help = "Take only the messages of this source; empty: of all"},
                receiver.source_id);
    options.add({.flag = "--topic-prefix",
                 .environment = topic_prefix_variable,
                 .help = "Take only the messages whose source id begins so; empty: all"},
                receiver.topic_prefix);
}

void add_format_option(options::OptionSet& options, protocol::FormatChoice& format) {
    options.add_choice({.flag = "--format",
                        .environment = "FRAMEBRIDGE_FORMAT",
                        .help = "Format of the messages; auto recognizes each message's"},
                       format,
                       {{"auto", protocol::FormatChoice::automatic},
                        {"native", protocol::FormatChoice::native},
                        {"savant", protocol::FormatChoice::savant}});
}

void add_runtime_options(options::OptionSet& options, ProcessConfig& config) {
    options.group("Running");
    options.add_seconds({.flag = "--shutdown-timeout",
                         .environment = "FRAMEBRIDGE_SHUTDOWN_TIMEOUT",
                         .help = "Seconds that a stop (SIGTERM, SIGINT) may take to finish what is in work"},
                        config.shutdown_timeout, options::Range{0, 86'400'000});
    options.add_choice(
        {.flag = "--fps-output", .environment = "FPS_OUTPUT", .help = "Where frames per second are reported"},
        config.fps.output, {{"stdout", FpsOutput::standard_output}, {"logger", FpsOutput::logger}});
    options.add({.flag = "--fps-period-frames",
                 .environment = "FPS_PERIOD_FRAMES",
                 .help = "Report after so many frames (1000 if neither period is given)"},
                config.fps.period_frames, options::Range{1});
    options.add_seconds({.flag = "--fps-period-seconds",
                         .environment = "FPS_PERIOD_SECONDS",
                         .help = "Report after so many seconds; 0: not by time"},
                        config.fps.period, options::Range{0});
    options.check([&config] {
        std::vector<std::string> problems;
        if (config.fps.period_frames && config.fps.period.count() > 0) {
            problems.emplace_back(
                "--fps-period-frames (FPS_PERIOD_FRAMES) and --fps-period-seconds (FPS_PERIOD_SECONDS): give "
                "one of them, not both");
        }
        return problems;
    });
    options.add_custom(
        {.flag = "--log-level",
         .environment = "LOGLEVEL",
         .help = "trace, debug, info, warning, error, critical or off"},
        config.log_level, [&config](const std::string& text) {
            if (!runtime::is_log_level(text)) {
                return "'" + text +
                       "' is not trace, debug, info, warning, error, critical or off, nor a list of "
                       "target=level as of Savant";
            }
            config.log_level = text;
            return std::string{};
        });
}

}  // namespace framebridge
