#include "media/stream_header.h"

#include <cstring>
#include <new>

#include "media/av_handles.h"
#include "media/codec_names.h"
#include "media/presentation.h"
#include "media/time_scale.h"

namespace framebridge::media {

namespace {

AvPacket copy_packet(std::string_view bytes) {
    auto packet = make_packet();
    if (av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) {
        throw std::bad_alloc();
    }
    std::memcpy(packet->data, bytes.data(), bytes.size());
    packet->flags |= AV_PKT_FLAG_KEY;
    return packet;
}

bool supports(const AVBitStreamFilter& filter, AVCodecID codec) {
    for (const auto* supported = filter.codec_ids; supported != nullptr && *supported != AV_CODEC_ID_NONE;
         ++supported) {
        if (*supported == codec) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string extract_extradata(const AVCodecParameters& parameters, std::string_view keyframe) {
    const auto* extractor = av_bsf_get_by_name("extract_extradata");
    AVBSFContext* context = nullptr;
    if (!supports(*extractor, parameters.codec_id) || av_bsf_alloc(extractor, &context) < 0) {
        return {};
    }
    const AvFilter filter(context);
    if (avcodec_parameters_copy(filter->par_in, &parameters) < 0 || av_bsf_init(filter.get()) < 0) {
        return {};
    }
    auto packet = copy_packet(keyframe);
    if (av_bsf_send_packet(filter.get(), packet.get()) < 0 ||
        av_bsf_receive_packet(filter.get(), packet.get()) < 0) {
        return {};
    }
    std::size_t size = 0;
    const auto* data = av_packet_get_side_data(packet.get(), AV_PKT_DATA_NEW_EXTRADATA, &size);
    return data != nullptr ? std::string(reinterpret_cast<const char*>(data), size) : std::string{};
}

namespace {

/// Decodes the keyframe once to learn what a container's header says of the stream beside its geometry:
/// profile, pixel format (VP9 in MP4 needs it), colours, aspect ratio. Without a decoder all that is left
/// unsaid.
void complete_from_keyframe(AVCodecParameters& parameters, std::string_view keyframe) {
    const auto* decoder = avcodec_find_decoder(parameters.codec_id);
    const AvCodecContext context(avcodec_alloc_context3(decoder));
    if (decoder == nullptr || !context || avcodec_parameters_to_context(context.get(), &parameters) < 0) {
        return;
    }
    context->thread_count = 1;
    if (avcodec_open2(context.get(), decoder, nullptr) < 0) {
        return;
    }
    const auto packet = copy_packet(keyframe);
    const AvFrame frame(av_frame_alloc());
    if (!frame || avcodec_send_packet(context.get(), packet.get()) < 0) {
        return;
    }
    avcodec_send_packet(context.get(), nullptr);
    if (avcodec_receive_frame(context.get(), frame.get()) < 0) {
        return;
    }
    parameters.format = frame->format;
    parameters.profile = context->profile;
    parameters.level = context->level;
    parameters.sample_aspect_ratio = frame->sample_aspect_ratio;
    parameters.color_range = frame->color_range;
    parameters.color_primaries = frame->color_primaries;
    parameters.color_trc = frame->color_trc;
    parameters.color_space = frame->colorspace;
    parameters.chroma_location = frame->chroma_location;
    parameters.video_delay = context->has_b_frames;
}

}  // namespace

void write_stream_header(const VideoStream& video, std::string_view keyframe, AVStream& stream) {
    auto& parameters = *stream.codecpar;
    parameters.codec_type = AVMEDIA_TYPE_VIDEO;
    parameters.codec_id = codec_by_name(video.codec);
    parameters.width = static_cast<int>(video.width);
    parameters.height = static_cast<int>(video.height);
    const auto extradata =
        video.extradata.empty() ? extract_extradata(parameters, keyframe) : video.extradata;
    if (!extradata.empty()) {
        set_extradata(parameters, extradata);
    }
    complete_from_keyframe(parameters, keyframe);
    stream.sample_aspect_ratio = parameters.sample_aspect_ratio;
    write_presentation(video.attributes, stream);
    stream.avg_frame_rate = parse_framerate(video.framerate);
}

}  // namespace framebridge::media
