#include "media/container.h"

#include <array>

namespace framebridge::media {

namespace {

struct Names {
    Container container;
    const char* extension;
    const char* muxer;
};
constexpr std::array<Names, 6> names{{{Container::mp4, "mp4", "mp4"},
                                      {Container::mov, "mov", "mov"},
                                      {Container::mkv, "mkv", "matroska"},
                                      {Container::ts, "ts", "mpegts"},
                                      {Container::avi, "avi", "avi"},
                                      {Container::nut, "nut", "nut"}}};

const Names& names_of(Container container) {
    return names.at(static_cast<std::size_t>(container));
}

/// libavformat writes any codec into MPEG-TS, as private data that nobody can read.
bool ts_can_hold(AVCodecID codec) {
    switch (codec) {
        case AV_CODEC_ID_H264:
        case AV_CODEC_ID_HEVC:
        case AV_CODEC_ID_MPEG1VIDEO:
        case AV_CODEC_ID_MPEG2VIDEO:
        case AV_CODEC_ID_MPEG4:
        case AV_CODEC_ID_CAVS:
        case AV_CODEC_ID_DIRAC:
        case AV_CODEC_ID_VC1:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::string_view extension(Container container) {
    return names_of(container).extension;
}

const char* muxer_name(Container container) {
    return names_of(container).muxer;
}

bool has_fragments(Container container) {
    return container == Container::mp4 || container == Container::mov;
}

bool can_hide_frames(Container container) {
    return has_fragments(container);
}

bool can_hold(Container container, AVCodecID codec) {
    if (codec == AV_CODEC_ID_NONE) {
        return false;
    }
    if (container == Container::ts) {
        return ts_can_hold(codec);
    }
    // AVI has no place for a pts: what reorders frames would come out of step.
    const auto* format = av_guess_format(muxer_name(container), nullptr, nullptr);
    return format != nullptr && avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) == 1;
}

std::optional<Container> container_for(AVCodecID codec) {
    for (const auto container :
         {Container::mp4, Container::mkv, Container::mov, Container::avi, Container::nut}) {
        if (can_hold(container, codec)) {
            return container;
        }
    }
    return std::nullopt;
}

}  // namespace framebridge::media
