#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/message_config.h"
#include "common/process_config.h"
#include "framebridge/result.h"
#include "media/input.h"
#include "zmq/sender.h"

namespace framebridge::video_source {

/// A source and the files it consists of, in the order they are played. Files that were found in a folder or
/// by a pattern need not be video; those named by the user have to be.
struct SourceFiles {
    struct File {
        std::filesystem::path path;
        bool named = true;
    };
    std::string source_id;
    std::vector<File> files;
};

/// How files become messages.
struct PlayConfig {
    MessageConfig messages;
    media::InputConfig input;
    bool realtime = false;
    /// Image files one after the other are a stream of their own, in which each lasts so long; none: each
    /// file is a stream.
    std::optional<protocol::TimeBase> image_duration;
    /// What the metadata files beside the files say is added to the frames.
    bool read_metadata = false;
    /// A stream ends where its codec or geometry changes.
    bool end_of_stream_on_change = false;
    /// Every file is a stream of its own, in the file's times; else a source is one stream, whose times go on
    /// ascending from file to file.
    bool end_of_stream_per_file = true;
    std::optional<std::uint64_t> rounds = 1;  ///< How often the files are played; none: until stopped.
};

/// A file, folder or pattern, and the source that it belongs to.
struct Location {
    std::string source_id;
    std::string path;

    static Result<Location> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const { return source_id + "=" + path; }
};

/// Folders whose files are sent as they come.
struct WatchConfig {
    std::vector<Location> locations = {};  ///< None: nothing is watched.
    std::filesystem::path ledger = {};     ///< Empty: a file in each folder.
    std::filesystem::path move_to = {};    ///< Where sent files go; empty: they stay.
    std::chrono::milliseconds settling{1000};
};

struct VideoFileSourceConfig : ProcessConfig {
    zmq::SenderConfig sender;
    std::chrono::milliseconds start_delay{0};
    std::vector<SourceFiles> sources;
    WatchConfig watch;
    PlayConfig play;
};

/// Reads the command line, the environment and the config file, and finds the files. Returns the exit code if
/// the process is to end here: 66 if a file is missing, after all that are missing were named.
std::optional<int> parse_video_file_source_config(int argc, const char* const* argv,
                                                  VideoFileSourceConfig& config);

}  // namespace framebridge::video_source
