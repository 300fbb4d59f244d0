#include "media/codec_names.h"

#include "media/libav.h"

namespace framebridge::media {

AVCodecID codec_by_name(std::string_view name) {
    if (name == "jpeg") {
        return AV_CODEC_ID_MJPEG;
    }
    if (name == "h265") {
        return AV_CODEC_ID_HEVC;
    }
    const auto* descriptor = avcodec_descriptor_get_by_name(std::string(name).c_str());
    return descriptor != nullptr && descriptor->type == AVMEDIA_TYPE_VIDEO ? descriptor->id
                                                                           : AV_CODEC_ID_NONE;
}

std::string codec_name(AVCodecID codec) {
    return codec == AV_CODEC_ID_MJPEG ? "jpeg" : avcodec_get_name(codec);
}

}  // namespace framebridge::media
