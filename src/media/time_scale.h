#pragma once

#include <cstdint>
#include <string_view>

#include "media/container.h"
#include "media/libav.h"
#include "media/video_stream.h"

namespace framebridge::media {

/// `numerator/denominator` as a number; 0/1 if the text is no such rate.
AVRational parse_framerate(std::string_view text);

/// The unit of time of an MP4 or MOV file: the stream's own where a pause of hours still fits into the 32
/// bits of a sample's duration (at most 1/90000 s), else one that fits the framerate. libavformat would move
/// all that follows a longer pause to its begin.
AVRational mp4_time_base(const VideoStream& stream);

/// The unit in which a file of that container is given the stream's times.
AVRational file_time_base(Container container, const VideoStream& stream);

/// The longest duration of an MP4 sample, in units of time.
inline constexpr std::int64_t max_sample_duration = INT32_MAX - 1;

}  // namespace framebridge::media
