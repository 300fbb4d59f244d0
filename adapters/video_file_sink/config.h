#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/process_config.h"
#include "framebridge/protocol/envelope.h"
#include "framebridge/result.h"
#include "media/video_writer.h"
#include "video_file_sink/name_template.h"
#include "zmq/receiver.h"

namespace framebridge::video_sink {

/// `auto`, or a container's name.
struct ContainerChoice {
    std::optional<media::Container> fixed = {};  ///< None: the one that suits each stream's codec.

    static Result<ContainerChoice> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// When a stream goes on in a new file, which begins with a keyframe; 0: never.
struct ChunkLimits {
    std::chrono::milliseconds duration{0};
    std::uint32_t frames = 0;
    std::size_t bytes = 0;
};

/// Whether a file with the frames' metadata is written beside each video file.
enum class MetadataFiles {
    automatic,  ///< Where files are laid out as Savant's.
    always,
    never,
};

/// Where and how streams become files.
struct RecordingConfig {
    std::filesystem::path folder;
    NameTemplate name = NameTemplate::parse("{source_id}_{number}.{extension}").value();
    ContainerChoice container;
    media::ClockStart clock_start = media::ClockStart::zero;
    media::DiskSync disk_sync = media::DiskSync::at_end;
    ChunkLimits chunk;
    std::chrono::milliseconds close_idle_after{0};  ///< 0: never.
    MetadataFiles metadata = MetadataFiles::automatic;

    [[nodiscard]] bool writes_metadata() const {
        return metadata == MetadataFiles::always ||
               (metadata == MetadataFiles::automatic && name.is_savants());
    }
};

struct VideoFileSinkConfig : ProcessConfig {
    zmq::ReceiverConfig receiver;
    protocol::FormatChoice format = protocol::FormatChoice::automatic;
    RecordingConfig recording;
    bool wall = false;                          ///< Serve the live wall.
    std::uint32_t exit_after_ends = 0;          ///< Ends of stream; 0: never.
    std::chrono::milliseconds idle_timeout{0};  ///< 0: none.
};

/// Reads the command line, the environment and the config file, and makes the output folder. Returns the exit
/// code if the process is to end here.
std::optional<int> parse_video_file_sink_config(int argc, const char* const* argv,
                                                VideoFileSinkConfig& config);

}  // namespace framebridge::video_sink
