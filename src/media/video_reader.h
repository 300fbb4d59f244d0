#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/input.h"
#include "media/video_stream.h"

namespace framebridge::media {

/// Reads the best video stream of a file of any container and codec that libavformat demuxes, and where that
/// one ends goes on with its successor (StreamChoice); nothing is decoded.
///
/// Packets come in decoding order. H.264, HEVC and VVC are converted to Annex B with parameter sets on every
/// keyframe, MPEG-4 part 2 gets its headers on every keyframe; other codecs' packets are as in the file.
///
/// Times are those of the file. Where it has none: a dts missing at the begin (Matroska with B-frames) is
/// counted back from the first known one; a stream without any dts (raw H.264, HEVC) gets them by its
/// framerate; a missing pts is the dts of the packet that stands where the frame is displayed (H.264, HEVC by
/// picture order count), or the frame's own dts.
///
/// One thread at a time.
class VideoReader {
  public:
    /// Throws MediaError if the file, pipe or URL cannot be read or has no video stream.
    explicit VideoReader(const std::string& location, const InputConfig& config = {});
    /// Reads what is open already; `name` stands for it in errors.
    VideoReader(std::string name, std::unique_ptr<Demuxer> input);
    ~VideoReader();
    VideoReader(VideoReader&&) noexcept;
    VideoReader& operator=(VideoReader&&) noexcept;

    /// What is the same for the packets up to the one that was read last; before, for the first one.
    /// Geometry, codec and codec data follow the bitstream.
    [[nodiscard]] const VideoStream& stream() const;
    /// Whether the file is a single image, which has no time of its own.
    [[nodiscard]] bool is_image() const;
    /// The streams that are not read, e.g. `audio (aac)`.
    [[nodiscard]] const std::vector<std::string>& skipped() const;
    /// The next packet, or nullopt at the end. Throws MediaError if the file is broken from here on.
    std::optional<VideoPacket> read();

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace framebridge::media
