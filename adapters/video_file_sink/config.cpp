#include "video_file_sink/config.h"

#include <unistd.h>

#include <iostream>

#include "common/exit_code.h"
#include "runtime/failure.h"

namespace framebridge::video_sink {

namespace {

void add_file_options(options::OptionSet& options, std::string& folder, RecordingConfig& recording) {
    options.group("Files");
    options.add({.flag = "--output-dir",
                 .environment = "DIR_LOCATION",
                 .help = "Folder of the files, made if it is missing",
                 .required = true},
                folder);
    options.add_custom(
        {.flag = "--name-template",
         .environment = "FRAMEBRIDGE_NAME_TEMPLATE",
         .help = "Name of a file in that folder, with {source_id}, {number} and {extension}; the number is "
                 "the first that is free"},
        recording.name.text(), [&recording](const std::string& text) {
            const auto parsed = NameTemplate::parse(text);
            if (const auto* problem = std::get_if<std::string>(&parsed)) {
                return *problem;
            }
            recording.name = std::get<NameTemplate>(parsed);
            return std::string{};
        });
    options.add_choice(
        {.flag = "--container",
         .environment = "FRAMEBRIDGE_CONTAINER",
         .help = "Container of the files: mp4 and mov keep all times exactly, mkv in milliseconds, ts in "
                 "1/90000 s"},
        recording.container,
        {{"mp4", media::Container::mp4},
         {"mov", media::Container::mov},
         {"mkv", media::Container::mkv},
         {"ts", media::Container::ts},
         {"avi", media::Container::avi}});
}

void add_end_options(options::OptionSet& options, VideoFileSinkConfig& config) {
    options.group("End");
    options.add(
        {.flag = "--exit-after-eos",
         .environment = "FRAMEBRIDGE_EXIT_AFTER_EOS",
         .help = "Exit after so many ends of stream, of all sources together; 0: go on until stopped"},
        config.exit_after_ends);
    options.add_seconds({.flag = "--idle-timeout",
                         .environment = "FRAMEBRIDGE_IDLE_TIMEOUT",
                         .help = "Exit when no message came for so many seconds; 0: go on until stopped"},
                        config.idle_timeout, options::Range{0, 86'400'000});
}

}  // namespace

std::optional<int> parse_video_file_sink_config(int argc, const char* const* argv,
                                                VideoFileSinkConfig& config) {
    options::OptionSet options(
        "video-file-sink", "Writes the frames from a ZeroMQ socket into video files, without transcoding.");
    std::string folder;
    add_file_options(options, folder, config.recording);
    add_zmq_options(options, config);
    add_receiver_options(options, config.receiver, "SOURCE_ID", "SOURCE_ID_PREFIX");
    add_format_option(options, config.format);
    add_end_options(options, config);
    add_runtime_options(options, config);
    options.check([&config] {
        std::vector<std::string> problems;
        const auto endpoint = zmq::Endpoint::parse_reader(config.zmq_endpoint);
        if (const auto* parsed = std::get_if<zmq::Endpoint>(&endpoint)) {
            config.receiver.endpoint = *parsed;
        } else if (!config.zmq_endpoint.empty()) {
            problems.push_back("--zmq-endpoint (ZMQ_ENDPOINT): " + std::get<std::string>(endpoint));
        }
        return problems;
    });
    if (const auto exit_code = options.parse(argc, argv)) {
        return exit_code;
    }

    config.receiver.ipc_permissions = config.ipc_permissions;
    config.receiver.ends_stream = [format = config.format](std::string_view body) {
        return protocol::is_end_of_stream(format, body);
    };
    // The last acknowledgement is what a source waits for before it ends.
    config.receiver.linger = config.shutdown_timeout;
    config.recording.folder = folder;
    std::error_code error;
    std::filesystem::create_directories(config.recording.folder, error);
    if (!error && access(folder.c_str(), W_OK | X_OK) != 0) {
        error = {errno, std::generic_category()};
    }
    if (!error) {
        return std::nullopt;
    }
    std::cerr << "video-file-sink: --output-dir (DIR_LOCATION): " << folder
              << " cannot be written to: " << error.message() << '\n';
    return static_cast<int>(ExitCode::cannot_create);
}

}  // namespace framebridge::video_sink
