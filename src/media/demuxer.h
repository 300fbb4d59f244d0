#pragma once

#include "media/libav.h"

namespace framebridge::media {

/// Something open that libavformat splits into packets: a file, a camera.
class Demuxer {
  public:
    Demuxer() = default;
    virtual ~Demuxer() = default;
    Demuxer(const Demuxer&) = delete;
    Demuxer& operator=(const Demuxer&) = delete;

    [[nodiscard]] virtual AVFormatContext& context() const = 0;
    /// The next packet of any stream, as av_read_frame(): 0, AVERROR_EOF at the end, or another negative
    /// error. May throw MediaError where it knows better what went wrong.
    virtual int read_packet(AVPacket& packet) = 0;
};

}  // namespace framebridge::media
