#pragma once

#include <cstdint>
#include <filesystem>

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"
#include "kafka_redis_inspect/store_lookup.h"
#include "media/video_writer.h"

namespace framebridge::inspect {

enum class ExportAs {
    video,     ///< One file a stream, not transcoded.
    frames,    ///< Each frame's bytes as a file.
    pictures,  ///< Each keyframe as a JPEG picture.
};

struct ExportConfig {
    ExportAs as = ExportAs::video;
    std::filesystem::path file;    ///< Of one source. Its extension names the container.
    std::filesystem::path folder;  ///< Of all sources of the range; else `file`.
    std::uint32_t picture_width = 640;
    bool metadata = false;  ///< Each message as a JSON line in a file beside the video.
    StoreAccess stores;
};

struct ExportResult {
    std::uint64_t files = 0;
    std::uint64_t frames = 0;
    std::uint64_t missing = 0;          ///< Frames whose bytes are not in their store.
    std::uint64_t before_keyframe = 0;  ///< A file begins with a keyframe.
    bool interrupted = false;
};

/// `export`. Prints a row for each file. Throws Failure.
ExportResult export_video(const ScanRange& range, const ExportConfig& config, runtime::StopSignal& stop,
                          Output& output);

}  // namespace framebridge::inspect
