#pragma once

#include <string_view>

#include "media/libav.h"
#include "media/video_stream.h"

namespace framebridge::media {

/// Describes in `stream`, which is to be written, what `video` says, and what only the stream's first packet,
/// `keyframe`, knows: codec data, profile, pixel format, colours, reordering. Throws std::bad_alloc.
void write_stream_header(const VideoStream& video, std::string_view keyframe, AVStream& stream);

/// The codec data that a keyframe carries in itself (H.264's and HEVC's parameter sets, AV1's sequence
/// header); empty: none.
std::string extract_extradata(const AVCodecParameters& parameters, std::string_view keyframe);

}  // namespace framebridge::media
