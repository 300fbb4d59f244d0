#include "media/muxer_options.h"

namespace framebridge::media {

MuxerOptions::MuxerOptions(Container container, Layout layout, AVRational time_base) {
    switch (container) {
        case Container::mp4:
        case Container::mov:
            // The edit list, too, counts in the file's own unit: libavformat's default rounds to
            // milliseconds.
            av_dict_set_int(&entries_, "video_track_timescale", time_base.den, 0);
            av_dict_set_int(&entries_, "movie_timescale", time_base.den, 0);
            av_dict_set(&entries_, "movflags", "use_metadata_tags", 0);
            if (layout == Layout::crash_safe) {
                av_dict_set(&entries_, "movflags", "+frag_custom+delay_moov+default_base_moof",
                            AV_DICT_APPEND);
            }
            break;
        case Container::ts:
            av_dict_set_int(&entries_, "mpegts_copyts", 1, 0);
            break;
        case Container::mkv:
        case Container::avi:
        case Container::nut:
            break;
    }
}

void choose_codec_tag(Container container, AVCodecParameters& parameters) {
    if (has_fragments(container) && parameters.codec_id == AV_CODEC_ID_HEVC &&
        parameters.extradata_size > 0) {
        parameters.codec_tag = MKTAG('h', 'v', 'c', '1');
    }
    // Matroska has no other name for the layout of raw pictures.
    if (container == Container::mkv && parameters.codec_id == AV_CODEC_ID_RAWVIDEO) {
        parameters.codec_tag = avcodec_pix_fmt_to_codec_tag(static_cast<AVPixelFormat>(parameters.format));
    }
}

void set_tags(AVFormatContext& output, const std::map<std::string, std::string>& tags) {
    for (const auto& [key, value] : tags) {
        av_dict_set(&output.metadata, key.c_str(), value.c_str(), 0);
    }
}

}  // namespace framebridge::media
