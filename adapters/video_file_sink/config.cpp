#include "video_file_sink/config.h"

#include <unistd.h>

#include <iostream>
#include <vector>

#include "common/exit_code.h"

using namespace std::chrono_literals;

namespace framebridge::video_sink {

namespace {

constexpr std::string_view automatic = "auto";

void add_file_options(options::OptionSet& options, RecordingConfig& recording) {
    options.group("Files");
    options.add({.flag = "--output-dir",
                 .environment = "DIR_LOCATION",
                 .help = "Folder of the files, made if it is missing; with %source_id, %src_filename or "
                         "%chunk_idx a folder for each file, as of Savant's sinks",
                 .required = true},
                recording.folder);
    options.add(
        {"--name-template", "FRAMEBRIDGE_NAME_TEMPLATE",
         "Name of a file in that folder, with {source_id}, {number}, {extension} and {src_filename} (the "
         "file that a stream was read from); the number is the first that is free"},
        recording.name);
    options.add({"--container", "FRAMEBRIDGE_CONTAINER",
                 "Container of the files: mp4, mov, mkv, ts, avi, nut, or auto for mp4 where it can hold the "
                 "codec, else mkv, mov, avi or nut. mp4 and mov keep times exactly, mkv in milliseconds, ts "
                 "in 1/90000 s"},
                recording.container);
    options.add({"--clock-start", "FRAMEBRIDGE_CLOCK_START",
                 "Where a file's clock starts: zero at its first frame, or stream to keep the stream's times "
                 "(a start below 0 is moved to 0); the file's metadata has the time of its first frame in "
                 "the stream"},
                recording.clock_start,
                options::Choice<media::ClockStart>{{"zero", media::ClockStart::zero},
                                                   {"stream", media::ClockStart::stream}});
    options.add({"--metadata", "FRAMEBRIDGE_METADATA",
                 "Write NAME.json beside each file: a line of JSON for each frame, with all of the message "
                 "but the frame's bytes; auto: only in folders as of Savant's sinks"},
                recording.metadata,
                options::Choice<MetadataFiles>{{"auto", MetadataFiles::automatic},
                                               {"always", MetadataFiles::always},
                                               {"never", MetadataFiles::never}});
    options.add(
        {"--fsync", "FRAMEBRIDGE_FSYNC",
         "When frames are brought to the disk itself: at the end of a file, or with each fragment, so "
         "that a power cut costs a second at most"},
        recording.disk_sync,
        options::Choice<media::DiskSync>{{"end", media::DiskSync::at_end},
                                         {"fragment", media::DiskSync::each_fragment}});
}

void add_split_options(options::OptionSet& options, RecordingConfig& recording) {
    constexpr auto a_year = 24h * 365;
    options.group("New files within a stream, each from a keyframe on");
    options.add({"--chunk-duration", "FRAMEBRIDGE_CHUNK_DURATION",
                 "Begin a new file after so many seconds of video; 0: never"},
                recording.chunk.duration, options::Seconds{0ms, a_year});
    options.add({"--chunk-frames", "CHUNK_SIZE", "Begin a new file after so many frames; 0: never"},
                recording.chunk.frames);
    options.add({"--chunk-bytes", "FRAMEBRIDGE_CHUNK_BYTES",
                 "Begin a new file after so many bytes of frames; 0: never"},
                recording.chunk.bytes, options::Bytes{});
    options.add({"--close-idle-after", "FRAMEBRIDGE_CLOSE_IDLE_AFTER",
                 "Close the file of a source that sends nothing for so many seconds; 0: never"},
                recording.close_idle_after, options::Seconds{0ms, a_year});
}

void add_end_options(options::OptionSet& options, VideoFileSinkConfig& config) {
    options.group("End");
    options.add({"--exit-after-eos", "FRAMEBRIDGE_EXIT_AFTER_EOS",
                 "Exit after so many ends of stream, of all sources together; 0: go on until stopped"},
                config.exit_after_ends);
    options.add({"--idle-timeout", "FRAMEBRIDGE_IDLE_TIMEOUT",
                 "Exit when no message came for so many seconds; 0: go on until stopped"},
                config.idle_timeout, options::Seconds{0ms, 24h});
}

void use_savant_location(RecordingConfig& recording) {
    if (SavantLocation::recognizes(recording.folder.string())) {
        auto location = SavantLocation::parse(recording.folder.string(),
                                              recording.chunk.frames > 0 ? Chunks::by_size : Chunks::none);
        recording.folder = std::move(location.folder);
        recording.name = std::move(location.name);
    }
}

void add_wall_option(options::OptionSet& options, VideoFileSinkConfig& config) {
    options.group("Live wall");
    options.add(
        {"--wall", "FRAMEBRIDGE_WALL",
         "Serve /wall at --metrics-listen: a page with each source's newest keyframe, frames per second, "
         "delay, lag and holes. Whoever reaches that address sees the pictures"},
        config.wall);
    options.check([&config] {
        std::vector<std::string> problems;
        if (config.wall && config.metrics_listen.empty()) {
            problems.emplace_back(
                "--wall (FRAMEBRIDGE_WALL) needs --metrics-listen (FRAMEBRIDGE_METRICS_LISTEN), where it is "
                "served");
        }
        return problems;
    });
}

}  // namespace

Result<ContainerChoice> ContainerChoice::parse(std::string_view text) {
    using media::Container;
    if (text == automatic) {
        return ContainerChoice{};
    }
    for (const auto container :
         {Container::mp4, Container::mov, Container::mkv, Container::ts, Container::avi, Container::nut}) {
        if (text == extension(container)) {
            return ContainerChoice{container};
        }
    }
    return problem("'" + std::string(text) + "' is not auto, mp4, mov, mkv, ts, avi or nut");
}

std::string ContainerChoice::to_string() const {
    return std::string(fixed ? extension(*fixed) : automatic);
}

std::optional<int> parse_video_file_sink_config(int argc, const char* const* argv,
                                                VideoFileSinkConfig& config) {
    options::OptionSet options(
        "video-file-sink", "Writes the frames from a ZeroMQ socket into video files, without transcoding.");
    add_file_options(options, config.recording);
    add_split_options(options, config.recording);
    add_receiver_options(options, config.receiver,
                         {.source_id = "SOURCE_ID", .topic_prefix = "SOURCE_ID_PREFIX"});
    add_format_option(options, config.format);
    add_end_options(options, config);
    add_wall_option(options, config);
    add_runtime_options(options, config);
    options.check([&config]() -> std::vector<std::string> {
        const auto& recording = config.recording;
        if (SavantLocation::recognizes(recording.folder.string()) &&
            recording.name.to_string() != RecordingConfig{}.name.to_string()) {
            return {
                "--output-dir (DIR_LOCATION) with %source_id, %src_filename or %chunk_idx names the files, "
                "and so does --name-template: give one of them"};
        }
        return {};
    });
    if (const auto exit_code = parse_options(options, argc, argv)) {
        return exit_code;
    }

    use_savant_location(config.recording);
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
