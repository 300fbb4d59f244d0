#pragma once

#include <cstdint>  // before libavutil, which wants its UINT64_C
#include <string>
#include <string_view>

extern "C" {
#include <libavcodec/codec_id.h>
}

namespace framebridge::media {

/// libavcodec's codec by the name that Savant and GStreamer give it (jpeg for mjpeg), or by libavcodec's own.
AVCodecID codec_by_name(std::string_view name);
std::string codec_name(AVCodecID codec);

}  // namespace framebridge::media
