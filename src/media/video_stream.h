#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "framebridge/protocol/messages.h"

namespace framebridge::media {

/// A file that cannot be read or written as video; what() names the file and says why.
class MediaError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// `time` counted in `from`, as the least that is not before it counted in `to`.
std::int64_t rescale_up(std::int64_t time, protocol::TimeBase from, protocol::TimeBase to);

/// What is the same for all packets of a video stream.
struct VideoStream {
    std::string codec;  ///< As GStreamer/Savant name it: h264, hevc, jpeg, ...; else libavcodec's name.
    std::int64_t width = 0;
    std::int64_t height = 0;
    protocol::TimeBase time_base;
    std::string framerate;  ///< `numerator/denominator`, e.g. `30000/1001`; `0/1` if unknown.
    std::string extradata;  ///< Codec data that the packets do not carry themselves; else empty.
    /// How pictures are to be shown: `sample_aspect_ratio` (`4/3`) and `display_matrix` (nine numbers, as
    /// MP4's track header has them), each only if known.
    std::map<std::string, std::string> attributes;
    bool operator==(const VideoStream&) const = default;
};

/// One frame as the encoder made it. H.264 and HEVC are Annex B, with parameter sets on every keyframe.
struct VideoPacket {
    std::shared_ptr<const void> owner;  ///< Keeps `bytes` alive; may be released on any thread.
    std::string_view bytes;
    std::int64_t pts = 0;  ///< In the stream's time base, as are dts and duration.
    std::optional<std::int64_t> dts;
    std::optional<std::int64_t> duration;
    bool keyframe = false;
    bool hidden = false;  ///< To be decoded, but not to be shown: it stands before a cut.
};

}  // namespace framebridge::media
