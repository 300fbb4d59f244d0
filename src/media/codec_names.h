#pragma once

#include <string>
#include <string_view>

#include "media/libav.h"

namespace framebridge::media {

/// libavcodec's codec by the name that Savant and GStreamer give it (jpeg for mjpeg), or by libavcodec's own.
AVCodecID codec_by_name(std::string_view name);
std::string codec_name(AVCodecID codec);

}  // namespace framebridge::media
