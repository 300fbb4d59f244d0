#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/process_config.h"
#include "framebridge/protocol/envelope.h"
#include "media/video_writer.h"
#include "video_file_sink/name_template.h"
#include "zmq/receiver.h"

namespace framebridge::video_sink {

/// Where and how streams become files.
struct RecordingConfig {
    std::filesystem::path folder;
    NameTemplate name = NameTemplate::parse("{source_id}_{number}.{extension}").value();
    media::Container container = media::Container::mp4;
};

struct VideoFileSinkConfig : ProcessConfig {
    zmq::ReceiverConfig receiver;
    protocol::FormatChoice format = protocol::FormatChoice::automatic;
    RecordingConfig recording;
    std::uint32_t exit_after_ends = 0;          ///< Ends of stream; 0: never.
    std::chrono::milliseconds idle_timeout{0};  ///< 0: none.
};

/// Reads the command line, the environment and the config file, and makes the output folder. Returns the exit
/// code if the process is to end here.
std::optional<int> parse_video_file_sink_config(int argc, const char* const* argv,
                                                VideoFileSinkConfig& config);

}  // namespace framebridge::video_sink
