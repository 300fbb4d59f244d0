#include "video_file_sink/config.h"

#include <unistd.h>

#include <iostream>

#include "common/exit_code.h"

using namespace std::chrono_literals;

namespace framebridge::video_sink {

namespace {

void add_file_options(options::OptionSet& options, RecordingConfig& recording) {
    using media::Container;
    options.group("Files");
    options.add({.flag = "--output-dir",
                 .environment = "DIR_LOCATION",
                 .help = "Folder of the files, made if it is missing",
                 .required = true},
                recording.folder);
    options.add(
        {.flag = "--name-template",
         .environment = "FRAMEBRIDGE_NAME_TEMPLATE",
         .help = "Name of a file in that folder, with {source_id}, {number} and {extension}; the number is "
                 "the first that is free"},
        recording.name);
    options.add(
        {.flag = "--container",
         .environment = "FRAMEBRIDGE_CONTAINER",
         .help = "Container of the files: mp4 and mov keep all times exactly, mkv in milliseconds, ts in "
                 "1/90000 s"},
        recording.container,
        options::Choice<Container>{{"mp4", Container::mp4},
                                   {"mov", Container::mov},
                                   {"mkv", Container::mkv},
                                   {"ts", Container::ts},
                                   {"avi", Container::avi}});
}

void add_end_options(options::OptionSet& options, VideoFileSinkConfig& config) {
    options.group("End");
    options.add(
        {.flag = "--exit-after-eos",
         .environment = "FRAMEBRIDGE_EXIT_AFTER_EOS",
         .help = "Exit after so many ends of stream, of all sources together; 0: go on until stopped"},
        config.exit_after_ends);
    options.add({.flag = "--idle-timeout",
                 .environment = "FRAMEBRIDGE_IDLE_TIMEOUT",
                 .help = "Exit when no message came for so many seconds; 0: go on until stopped"},
                config.idle_timeout, options::Seconds{0ms, 24h});
}

}  // namespace

std::optional<int> parse_video_file_sink_config(int argc, const char* const* argv,
                                                VideoFileSinkConfig& config) {
    options::OptionSet options(
        "video-file-sink", "Writes the frames from a ZeroMQ socket into video files, without transcoding.");
    add_file_options(options, config.recording);
    add_receiver_options(options, config.receiver,
                         {.source_id = "SOURCE_ID", .topic_prefix = "SOURCE_ID_PREFIX"});
    add_format_option(options, config.format);
    add_end_options(options, config);
    add_runtime_options(options, config);
    if (const auto exit_code = parse_options(options, argc, argv)) {
        return exit_code;
    }

    config.receiver.ends_stream = [format = config.format](std::string_view body) {
        return protocol::is_end_of_stream(format, body);
    };
    // The last acknowledgement is what a source waits for before it ends.
    config.receiver.linger = config.shutdown_timeout;
    const auto& folder = config.recording.folder;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error && access(folder.c_str(), W_OK | X_OK) != 0) {
        error = {errno, std::generic_category()};
    }
    if (!error) {
        return std::nullopt;
    }
    std::cerr << "video-file-sink: --output-dir (DIR_LOCATION): " << folder.string()
              << " cannot be written to: " << error.message() << '\n';
    return static_cast<int>(ExitCode::cannot_create);
}

}  // namespace framebridge::video_sink
