#include "video_file_source/config.h"

#include <algorithm>
#include <iostream>
#include <limits>

#include "common/exit_code.h"
#include "video_file_source/file_list.h"

using namespace std::chrono_literals;

namespace framebridge::video_source {

namespace {

/// Frames a second.
struct Framerate {
    std::optional<protocol::TimeBase> frame = {};  ///< How long one lasts; none: not given.

    static Result<Framerate> parse(std::string_view text) {
        const auto slash = text.find('/');
        const options::Number number{1, std::numeric_limits<std::int32_t>::max()};
        const auto frames = number.parse(text.substr(0, slash));
        const auto seconds =
            slash == std::string_view::npos ? Result<std::int64_t>(1) : number.parse(text.substr(slash + 1));
        if (!frames || !seconds) {
            return problem("'" + std::string(text) +
                           "' is not a number of frames a second, such as 25 or 30000/1001");
        }
        return Framerate{
            protocol::TimeBase{static_cast<std::int32_t>(*seconds), static_cast<std::int32_t>(*frames)}};
    }
    [[nodiscard]] std::string to_string() const {
        return frame ? std::to_string(frame->denominator) + "/" + std::to_string(frame->numerator)
                     : std::string();
    }
};

struct FileOptions {
    std::vector<std::string> locations;
    std::string source_id;
    std::vector<Location> sources;
    bool watch = false;
    bool sort_by_time = false;
    Framerate framerate;
    bool loop = false;
    std::uint32_t loop_count = 0;
};

void add_file_options(options::OptionSet& options, FileOptions& files, PlayConfig& play) {
    options.group("Files");
    options.add(
        {.flag = "--location",
         .environment = "LOCATION",
         .help = "File, folder, glob pattern, pipe or http(s) URL of the source that --source-id names",
         .positional = true},
        files.locations);
    options.add({"--source-id", "SOURCE_ID", "Source of the files given by --location"}, files.source_id);
    options.add({"--source", "FRAMEBRIDGE_SOURCES",
                 "ID=PATH: a source and its file, folder or glob pattern; sources are sent at the same time, "
                 "the files of one source one after another. {stem}, {name} and {folder} in an ID stand for "
                 "each file's name without extension, its name, and its folder's name"},
                files.sources);
    options.add({"--sort-by-time", "SORT_BY_TIME",
                 "A folder's or pattern's files by the time of their last change, not by name"},
                files.sort_by_time);
    options.add(
        {.flag = "--framerate",
         .environment = "FRAMERATE",
         .help = "Frames a second, such as 25 or 30000/1001, of images: those that follow each other are "
                 "one stream; without it each image is a stream"},
        files.framerate);
    options.add({"--read-metadata", "READ_METADATA",
                 "Add what NAME.json beside a file (metadata.json beside video.*) says of each frame, as "
                 "video-file-sink --metadata writes it: attributes, objects, keys of the sender's own"},
                play.read_metadata);
    options.add({"--loop", "FRAMEBRIDGE_LOOP", "Play each source's files again and again"}, files.loop);
    options.add({"--loop-count", "FRAMEBRIDGE_LOOP_COUNT",
                 "Play each source's files so many times; 0: once, or with --loop until stopped"},
                files.loop_count);
    options.add({"--realtime", "SYNC_OUTPUT",
                 "Send at the pace of the frames' times instead of as fast as they are taken; the sources' "
                 "starts are spread over a second"},
                play.realtime);
    options.add(
        {"--eos-on-file-end", "EOS_ON_FILE_END",
         "End of stream after every file; without it a source's files and rounds are one stream, whose "
         "times go on ascending"},
        play.end_of_stream_per_file);
    options.add({.flag = "--end-of-stream-on-change",
                 .environment = "FRAMEBRIDGE_END_OF_STREAM_ON_CHANGE",
                 .help = "End of stream also where the codec or the size changes within a file"},
                play.end_of_stream_on_change);
    options.add(
        {.flag = "--allow-protocols",
         .environment = "FRAMEBRIDGE_ALLOW_PROTOCOLS",
         .help =
             "Protocols of libavformat by which playlists (HLS, DASH, concat) may open what they name, such "
             "as file, http, https, tcp, tls and crypto; none: a playlist is not played"},
        play.input.protocols);
}

void add_watch_options(options::OptionSet& options, FileOptions& files, WatchConfig& watch) {
    options.group("Watched folders");
    options.add({"--watch", "FRAMEBRIDGE_WATCH",
                 "The locations are folders, or patterns of names in one: their files, and those that come "
                 "later, are sent when they are complete, each once, also across restarts; until stopped"},
                files.watch);
    options.add({"--watch-settle", "FRAMEBRIDGE_WATCH_SETTLE",
                 "Seconds for which a file has not changed when it is complete, besides that nobody has it "
                 "open for writing"},
                watch.settling, options::Seconds{10ms, 24h});
    options.add({.flag = "--watch-ledger",
                 .environment = "FRAMEBRIDGE_WATCH_LEDGER",
                 .help = "File that remembers which files were sent; else .framebridge-sent in each folder"},
                watch.ledger);
    options.add(
        {.flag = "--watch-move-to",
         .environment = "FRAMEBRIDGE_WATCH_MOVE_TO",
         .help = "Folder into which a file is moved when its end of stream is acknowledged; else it stays"},
        watch.move_to);
}

std::vector<std::string> check_watch(const FileOptions& files, const PlayConfig& play,
                                     const WatchConfig& watch) {
    std::vector<std::string> problems;
    if (!files.watch) {
        if (!watch.ledger.empty() || !watch.move_to.empty()) {
            problems.emplace_back("--watch-ledger and --watch-move-to are for --watch");
        }
        return problems;
    }
    if (files.loop || files.loop_count > 0) {
        problems.emplace_back("--watch sends each file once: it does not go with --loop or --loop-count");
    }
    if (!play.end_of_stream_per_file) {
        problems.emplace_back(
            "--watch needs --eos-on-file-end: an end of stream's acknowledgement says that a file was sent");
    }
    if (files.framerate.frame) {
        problems.emplace_back(
            "--watch sends each file as a stream of its own: it does not go with --framerate");
    }
    std::error_code error;
    if (!watch.move_to.empty() && !std::filesystem::is_directory(watch.move_to, error)) {
        problems.push_back("--watch-move-to: " + watch.move_to.string() + " is not a folder");
    }
    return problems;
}

std::vector<std::string> check_files(const FileOptions& files) {
    if (!files.locations.empty() && files.source_id.empty()) {
        return {"--location (LOCATION) needs --source-id (SOURCE_ID): whose files they are"};
    }
    if (files.locations.empty() && files.sources.empty()) {
        return {
            "no files: name them with --source ID=PATH (FRAMEBRIDGE_SOURCES), or with --location (LOCATION) "
            "and --source-id (SOURCE_ID)"};
    }
    return {};
}

std::vector<Location> locations_of(const FileOptions& files) {
    std::vector<Location> locations;
    for (const auto& path : files.locations) {
        locations.push_back({files.source_id, path});
    }
    locations.insert(locations.end(), files.sources.begin(), files.sources.end());
    return locations;
}

SourceFiles& source_of(std::vector<SourceFiles>& sources, const std::string& source_id) {
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const SourceFiles& source) { return source.source_id == source_id; });
    return found != sources.end() ? *found : sources.emplace_back(SourceFiles{source_id, {}});
}

/// Returns the locations at which there is no file.
std::vector<std::string> find_files(const std::vector<Location>& locations, SortBy order,
                                    std::vector<SourceFiles>& sources) {
    std::vector<std::string> missing;
    for (const auto& [source_id, path] : locations) {
        const auto found = expand_location(path, order);
        if (found.empty()) {
            missing.push_back(path);
        }
        const bool named = found.size() == 1 && found.front() == path;
        for (const auto& file : found) {
            source_of(sources, expand_source_id(source_id, file)).files.push_back({file, named});
        }
    }
    return missing;
}

}  // namespace

Result<Location> Location::parse(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
        return problem("'" + std::string(text) + "' is not ID=PATH");
    }
    return Location{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::optional<int> parse_video_file_source_config(int argc, const char* const* argv,
                                                  VideoFileSourceConfig& config) {
    options::OptionSet options("video-file-source",
                               "Sends the frames of video files to a ZeroMQ socket, without transcoding.");
    FileOptions files;
    add_file_options(options, files, config.play);
    add_watch_options(options, files, config.watch);
    add_sender_options(
        options, config.sender,
        "Seconds to wait for an acknowledgement: then REQ sends again, and DEALER ends without "
        "the last one");
    options.add({"--start-delay", "FRAMEBRIDGE_START_DELAY",
                 "Seconds to wait before the first frame: PUB sends to nobody until a subscriber is "
                 "connected"},
                config.start_delay, options::Seconds{0ms, 24h});
    add_message_options(options, config.play.messages);
    add_runtime_options(options, config);
    options.check([&files] { return check_files(files); });
    options.check([&] { return check_watch(files, config.play, config.watch); });
    if (const auto exit_code = parse_options(options, argc, argv)) {
        return exit_code;
    }

    if (files.loop_count > 0) {
        config.play.rounds = files.loop_count;
    } else if (files.loop) {
        config.play.rounds.reset();
    }
    if (files.watch) {
        config.watch.locations = locations_of(files);
        return std::nullopt;
    }
    config.play.image_duration = files.framerate.frame;
    const auto missing = find_files(
        locations_of(files), files.sort_by_time ? SortBy::modification_time : SortBy::name, config.sources);
    for (const auto& path : missing) {
        std::cerr << "video-file-source: " << path << ": there is no such file\n";
    }
    if (!missing.empty()) {
        return static_cast<int>(ExitCode::no_input);
    }
    return std::nullopt;
}

}  // namespace framebridge::video_source
