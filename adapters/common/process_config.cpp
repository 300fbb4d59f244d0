#include "common/process_config.h"

#include <spdlog/spdlog.h>
#include <zmq.h>

#include <iostream>
#include <vector>

#include "common/adapter_keys.h"
#include "common/exit_code.h"
#include "runtime/check_health.h"
#include "runtime/logging.h"

using namespace std::chrono_literals;

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
    return {meter, runtime::print_line};
}

namespace {

void add_socket_options(options::OptionSet& options, zmq::Endpoint& endpoint,
                        Result<zmq::Endpoint> (*parse)(std::string_view), zmq::FileMode& ipc_permissions) {
    int major = 0;
    int minor = 0;
    int patch = 0;
    zmq_version(&major, &minor, &patch);
    options.version_note(fmt::format("libzmq {}.{}.{}", major, minor, patch));
    options.group("ZeroMQ");
    options.add(
        {.flag = "--zmq-endpoint",
         .environment = "ZMQ_ENDPOINT",
         .help = "Socket of the pipeline's side: [type+(bind|connect):]ipc:///path or tcp://host:port",
         .required = true},
        endpoint, parse);
    options.add({"--zmq-ipc-permissions", "FRAMEBRIDGE_ZMQ_IPC_PERMISSIONS",
                 "Octal mode of a bound ipc socket's file, or none to leave it to the umask"},
                ipc_permissions);
}

Result<std::string> parse_log_level(std::string_view text) {
    if (!runtime::is_log_level(std::string(text))) {
        return problem("'" + std::string(text) +
                       "' is not trace, debug, info, warning, error, critical or off, nor a list of "
                       "target=level as of Savant");
    }
    return std::string(text);
}

}  // namespace

void add_receiver_options(options::OptionSet& options, zmq::ReceiverConfig& receiver,
                          const FilterVariables& variables) {
    add_socket_options(options, receiver.endpoint, zmq::Endpoint::parse_reader, receiver.ipc_permissions);
    options.add({"--zmq-receive-hwm", "FRAMEBRIDGE_ZMQ_RECEIVE_HWM",
                 "High water mark of the ZeroMQ socket, in messages per peer"},
                receiver.receive_high_water_mark, options::Number{1, 1'000'000});
    options.add({"--source-id", variables.source_id, "Take only the messages of this source; empty: of all"},
                receiver.source_id);
    options.add({"--topic-prefix", variables.topic_prefix,
                 "Take only the messages whose source id begins so; empty: all"},
                receiver.topic_prefix);
}

void add_sender_options(options::OptionSet& options, zmq::SenderConfig& sender,
                        const std::string& ack_timeout_help) {
    add_socket_options(options, sender.endpoint, zmq::Endpoint::parse_writer, sender.ipc_permissions);
    options.add({"--zmq-send-hwm", "FRAMEBRIDGE_ZMQ_SEND_HWM",
                 "High water mark of the ZeroMQ socket, in messages per peer"},
                sender.send_high_water_mark, options::Number{1, 1'000'000});
    options.add({"--zmq-ack-timeout", "FRAMEBRIDGE_ZMQ_ACK_TIMEOUT", ack_timeout_help}, sender.ack_timeout,
                options::Seconds{1ms, 24h});
}

void add_format_option(options::OptionSet& options, protocol::FormatChoice& format) {
    using protocol::FormatChoice;
    options.add({"--format", "FRAMEBRIDGE_FORMAT", "Format of the messages; auto recognizes each message's"},
                format,
                options::Choice<FormatChoice>{{"auto", FormatChoice::automatic},
                                              {"native", FormatChoice::native},
                                              {"savant", FormatChoice::savant}});
}

void add_message_options(options::OptionSet& options, MessageConfig& messages) {
    options.group("Messages");
    options.add({"--format", "FRAMEBRIDGE_FORMAT", "Format of the messages: native or savant"},
                messages.format,
                options::Choice<protocol::Format>{{"native", protocol::Format::native},
                                                  {"savant", protocol::Format::savant}});
    options.add({"--savant-protocol-version", "FRAMEBRIDGE_SAVANT_PROTOCOL_VERSION",
                 "protocol_version of savant messages: savant_rs reads only its own"},
                messages.savant_version);
}

void add_runtime_options(options::OptionSet& options, ProcessConfig& config) {
    options.group("Running");
    options.add({"--shutdown-timeout", "FRAMEBRIDGE_SHUTDOWN_TIMEOUT",
                 "Seconds that a stop (SIGTERM, SIGINT) may take to finish what is in flight"},
                config.shutdown_timeout, options::Seconds{0ms, 24h});
    options.add(
        {"--fps-output", "FPS_OUTPUT", "Where frames per second are reported"}, config.fps.output,
        options::Choice<FpsOutput>{{"stdout", FpsOutput::standard_output}, {"logger", FpsOutput::logger}});
    options.add({"--fps-period-frames", "FPS_PERIOD_FRAMES",
                 "Report after so many frames (1000 if neither period is given)"},
                config.fps.period_frames, options::Number{1});
    options.add(
        {"--fps-period-seconds", "FPS_PERIOD_SECONDS", "Report after so many seconds; 0: not by time"},
        config.fps.period, options::Seconds{});
    options.check([&config] {
        std::vector<std::string> problems;
        if (config.fps.period_frames && config.fps.period.count() > 0) {
            problems.emplace_back(
                "--fps-period-frames (FPS_PERIOD_FRAMES) and --fps-period-seconds (FPS_PERIOD_SECONDS): give "
                "one of them, not both");
        }
        return problems;
    });
    add_log_level_option(options, config.log_level);
    options.add({"--log-format", "FRAMEBRIDGE_LOG_FORMAT", "How a line of the log is written"},
                config.log_format,
                options::Choice<runtime::LogFormat>{{"text", runtime::LogFormat::text},
                                                    {"json", runtime::LogFormat::json}});
    options.add({"--metrics-listen", "FRAMEBRIDGE_METRICS_LISTEN",
                 "host:port for metrics, health and status pages; :port: for this machine only, "
                 "0.0.0.0:port: for all; empty: off"},
                config.metrics_listen);
    options.add_action({"--check-health", "",
                        "Ask the adapter that runs with this --metrics-listen for its health, print it, and "
                        "exit: 0 if all is well, else 69"},
                       [&config] {
                           const auto answer = runtime::check_health(config.metrics_listen);
                           std::cout << answer.text << '\n' << std::flush;
                           return answer.healthy;
                       });
}

void add_log_level_option(options::OptionSet& options, std::string& log_level) {
    options.add({"--log-level", "LOGLEVEL", "trace, debug, info, warning, error, critical or off"}, log_level,
                parse_log_level);
}

std::optional<int> parse_options(options::OptionSet& options, int argc, const char* const* argv) {
    options.fleet(adapter_keys());
    switch (options.parse(argc, argv)) {
        case options::Outcome::run:
            return std::nullopt;
        case options::Outcome::done:
            return static_cast<int>(ExitCode::ok);
        case options::Outcome::failed:
            return static_cast<int>(ExitCode::unavailable);
        case options::Outcome::invalid:
            break;
    }
    return static_cast<int>(ExitCode::config);
}

}  // namespace framebridge
