#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "media/video_stream.h"

namespace framebridge::media {

enum class Container { mp4, mov, mkv, ts, avi };

/// The container's usual file name extension, without the dot.
std::string_view extension(Container container);

/// Writes one video stream into a new file; nothing is encoded. MP4 and MOV keep pts, dts and the time base
/// exactly; Matroska counts in milliseconds and stores no dts, MPEG-TS in 1/90000 s, AVI in frames and no
/// pts.
///
/// One thread at a time.
class VideoWriter {
  public:
    /// Creates or overwrites `path`. `keyframe` is the stream's first packet: codec data that `stream` does
    /// not have is taken from it. It is not written. Throws MediaError, also if the container cannot hold the
    /// codec.
    VideoWriter(const std::filesystem::path& path, Container container, const VideoStream& stream,
                std::string_view keyframe);
    /// Closes the file. Without close() before, it is not a complete one.
    ~VideoWriter();
    VideoWriter(VideoWriter&&) noexcept;
    VideoWriter& operator=(VideoWriter&&) noexcept;

    /// Appends a packet. A missing dts is taken as the pts. dts must ascend. Throws MediaError.
    void write(const VideoPacket& packet);
    /// Completes the file and brings it to the disk. Throws MediaError. Nothing may be written after it.
    void close();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace framebridge::media
