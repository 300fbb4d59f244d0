#include "video_file_source/config.h"

#include <algorithm>
#include <iostream>

#include "common/exit_code.h"
#include "runtime/failure.h"
#include "video_file_source/file_list.h"

namespace framebridge::video_source {

namespace {

/// A file, folder or pattern, and the source that it belongs to.
struct Location {
    std::string source_id;
    std::string path;
};

struct FileOptions {
    std::vector<std::string> locations;
    std::string source_id;
    std::vector<std::string> sources;
    bool loop = false;
    std::uint32_t loop_count = 0;
};

void add_file_options(options::OptionSet& options, FileOptions& files, PlayConfig& play) {
    options.group("Files");
    options.add_positionals({.flag = "--location",
                             .environment = "LOCATION",
                             .help = "File, folder or glob pattern of the source that --source-id names"},
                            files.locations);
    options.add({.flag = "--source-id",
                 .environment = "SOURCE_ID",
                 .help = "Source of the files given by --location"},
                files.source_id);
    options.add(
        {.flag = "--source",
         .environment = "FRAMEBRIDGE_SOURCES",
         .help = "ID=PATH: a source and its file, folder or glob pattern; sources are sent at the same time, "
                 "the files of one source one after another"},
        files.sources);
    options.add({.flag = "--loop",
                 .environment = "FRAMEBRIDGE_LOOP",
                 .help = "Play each source's files again and again"},
                files.loop);
    options.add({.flag = "--loop-count",
                 .environment = "FRAMEBRIDGE_LOOP_COUNT",
                 .help = "Play each source's files so many times; 0: once, or with --loop until stopped"},
                files.loop_count);
    options.add({.flag = "--realtime",
                 .environment = "SYNC_OUTPUT",
                 .help = "Send at the pace of the frames' times instead of as fast as they are taken"},
                play.realtime);
    options.add(
        {.flag = "--eos-on-file-end",
         .environment = "EOS_ON_FILE_END",
         .help =
             "End of stream after every file; without it a source's files and rounds are one stream, whose "
             "times go on ascending"},
        play.end_of_stream_per_file);
}

void add_message_options(options::OptionSet& options, PlayConfig& play) {
    options.group("Messages");
    options.add_choice({.flag = "--format",
                        .environment = "FRAMEBRIDGE_FORMAT",
                        .help = "Format of the messages: native or savant"},
                       play.format,
                       {{"native", protocol::Format::native}, {"savant", protocol::Format::savant}});
    options.add({.flag = "--savant-protocol-version",
                 .environment = "FRAMEBRIDGE_SAVANT_PROTOCOL_VERSION",
                 .help = "protocol_version of savant messages: savant_rs reads only its own"},
                play.savant_version);
}

void add_sender_options(options::OptionSet& options, VideoFileSourceConfig& config) {
    add_zmq_options(options, config);
    options.add({.flag = "--zmq-send-hwm",
                 .environment = "FRAMEBRIDGE_ZMQ_SEND_HWM",
                 .help = "High water mark of the ZeroMQ socket, in messages per peer"},
                config.sender.send_high_water_mark, options::Range{1, 1'000'000});
    options.add_seconds(
        {.flag = "--zmq-ack-timeout",
         .environment = "FRAMEBRIDGE_ZMQ_ACK_TIMEOUT",
         .help = "Seconds to wait for an acknowledgement: then REQ sends again, and DEALER ends without "
                 "the last one"},
        config.sender.ack_timeout, options::Range{1, 86'400'000});
    options.add_seconds(
        {.flag = "--start-delay",
         .environment = "FRAMEBRIDGE_START_DELAY",
         .help = "Seconds to wait before the first frame: PUB sends to nobody until a subscriber is "
                 "connected"},
        config.start_delay, options::Range{0, 86'400'000});
}

std::vector<Location> locations_of(const FileOptions& files, std::vector<std::string>& problems) {
    std::vector<Location> locations;
    if (!files.locations.empty() && files.source_id.empty()) {
        problems.emplace_back("--location (LOCATION) needs --source-id (SOURCE_ID): whose files they are");
    }
    for (const auto& path : files.locations) {
        locations.push_back({files.source_id, path});
    }
    for (const auto& source : files.sources) {
        const auto equals = source.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == source.size()) {
            problems.push_back("--source (FRAMEBRIDGE_SOURCES): '" + source + "' is not ID=PATH");
        } else {
            locations.push_back({source.substr(0, equals), source.substr(equals + 1)});
        }
    }
    if (files.locations.empty() && files.sources.empty()) {
        problems.emplace_back(
            "no files: name them with --source ID=PATH (FRAMEBRIDGE_SOURCES), or with --location (LOCATION) "
            "and "
            "--source-id (SOURCE_ID)");
    }
    return locations;
}

SourceFiles& source_of(std::vector<SourceFiles>& sources, const std::string& source_id) {
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const SourceFiles& source) { return source.source_id == source_id; });
    return found != sources.end() ? *found : sources.emplace_back(SourceFiles{source_id, {}});
}

/// Returns the locations at which there is no file.
std::vector<std::string> find_files(const std::vector<Location>& locations,
                                    std::vector<SourceFiles>& sources) {
    std::vector<std::string> missing;
    for (const auto& [source_id, path] : locations) {
        const auto found = expand_location(path);
        if (found.empty()) {
            missing.push_back(path);
        }
        auto& files = source_of(sources, source_id).files;
        const bool named = found.size() == 1 && found.front() == path;
        for (const auto& file : found) {
            files.push_back({file, named});
        }
    }
    return missing;
}

}  // namespace

std::optional<int> parse_video_file_source_config(int argc, const char* const* argv,
                                                  VideoFileSourceConfig& config) {
    options::OptionSet options("video-file-source",
                               "Sends the frames of video files to a ZeroMQ socket, without transcoding.");
    FileOptions files;
    std::vector<Location> locations;
    add_file_options(options, files, config.play);
    add_sender_options(options, config);
    add_message_options(options, config.play);
    add_runtime_options(options, config);
    options.check([&] {
        std::vector<std::string> problems;
        locations = locations_of(files, problems);
        const auto endpoint = zmq::Endpoint::parse_writer(config.zmq_endpoint);
        if (const auto* parsed = std::get_if<zmq::Endpoint>(&endpoint)) {
            config.sender.endpoint = *parsed;
        } else if (!config.zmq_endpoint.empty()) {
            problems.push_back("--zmq-endpoint (ZMQ_ENDPOINT): " + std::get<std::string>(endpoint));
        }
        return problems;
    });
    if (const auto exit_code = options.parse(argc, argv)) {
        return exit_code;
    }

    config.sender.ipc_permissions = config.ipc_permissions;
    if (files.loop_count > 0) {
        config.play.rounds = files.loop_count;
    } else if (files.loop) {
        config.play.rounds.reset();
    }
    const auto missing = find_files(locations, config.sources);
    for (const auto& path : missing) {
        std::cerr << "video-file-source: " << path << ": there is no such file\n";
    }
    if (!missing.empty()) {
        return static_cast<int>(ExitCode::no_input);
    }
    return std::nullopt;
}

}  // namespace framebridge::video_source
