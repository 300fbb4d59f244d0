#include "media/thumbnail.h"

#include <algorithm>
#include <cstring>

#include "media/av_handles.h"
#include "media/av_log.h"
#include "media/codec_names.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace framebridge::media {

namespace {

using Scaler = runtime::Handle<SwsContext, sws_freeContext>;

// A hostile picture header must not take gigabytes.
constexpr std::int64_t max_pixels = 64'000'000;
constexpr int jpeg_quality = 8;  // Of libavcodec's 2 (best) to 31.

AvPacket packet_of(std::string_view bytes) {
    auto packet = make_packet();
    if (av_new_packet(packet.get(), static_cast<int>(bytes.size())) != 0) {
        return nullptr;
    }
    std::memcpy(packet->data, bytes.data(), bytes.size());
    return packet;
}

AvFrame decode_picture(std::string_view codec, std::string_view extradata, std::string_view bytes) {
    const auto* decoder = avcodec_find_decoder(codec_by_name(std::string(codec)));
    if (decoder == nullptr || bytes.empty() || bytes.size() > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE) {
        return nullptr;
    }
    const AvCodecContext context(avcodec_alloc_context3(decoder));
    const AvParameters parameters(avcodec_parameters_alloc());
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = decoder->id;
    if (!extradata.empty()) {
        set_extradata(*parameters, extradata);
    }
    avcodec_parameters_to_context(context.get(), parameters.get());
    context->thread_count = 1;
    context->max_pixels = max_pixels;
    if (avcodec_open2(context.get(), decoder, nullptr) != 0) {
        return nullptr;
    }
    const auto packet = packet_of(bytes);
    AvFrame frame(av_frame_alloc());
    // No second packet follows: the decoder is told so, and gives what it holds.
    if (!packet || avcodec_send_packet(context.get(), packet.get()) != 0 ||
        avcodec_send_packet(context.get(), nullptr) != 0 ||
        avcodec_receive_frame(context.get(), frame.get()) != 0) {
        return nullptr;
    }
    return frame;
}

AvFrame scale(const AVFrame& picture, int max_width) {
    AvFrame scaled(av_frame_alloc());
    scaled->width = std::max(2, std::min(max_width, picture.width) / 2 * 2);
    scaled->height = std::clamp(
        static_cast<int>(std::int64_t{picture.height} * scaled->width / std::max(1, picture.width)) / 2 * 2,
        2, 4096);
    scaled->format = AV_PIX_FMT_YUVJ420P;
    const Scaler scaler(sws_getContext(
        picture.width, picture.height, static_cast<AVPixelFormat>(picture.format), scaled->width,
        scaled->height, AV_PIX_FMT_YUVJ420P, SWS_AREA, nullptr, nullptr, nullptr));
    if (!scaler || av_frame_get_buffer(scaled.get(), 0) != 0) {
        return nullptr;
    }
    sws_scale(scaler.get(), picture.data, picture.linesize, 0, picture.height, scaled->data,
              scaled->linesize);
    return scaled;
}

std::optional<std::string> encode_jpeg(AVFrame& picture) {
    const auto* encoder = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    if (encoder == nullptr) {
        return std::nullopt;
    }
    const AvCodecContext context(avcodec_alloc_context3(encoder));
    context->width = picture.width;
    context->height = picture.height;
    context->pix_fmt = AV_PIX_FMT_YUVJ420P;
    context->color_range = AVCOL_RANGE_JPEG;
    context->time_base = {1, 25};
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_QSCALE;
    context->global_quality = jpeg_quality * FF_QP2LAMBDA;
    picture.quality = context->global_quality;
    picture.color_range = AVCOL_RANGE_JPEG;
    const auto packet = make_packet();
    if (avcodec_open2(context.get(), encoder, nullptr) != 0 ||
        avcodec_send_frame(context.get(), &picture) != 0 || avcodec_send_frame(context.get(), nullptr) != 0 ||
        avcodec_receive_packet(context.get(), packet.get()) != 0) {
        return std::nullopt;
    }
    return std::string(reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size));
}

}  // namespace

std::optional<std::string> make_thumbnail(std::string_view codec, std::string_view extradata,
                                          std::string_view bytes, int max_width) {
    route_av_log();
    const auto picture = decode_picture(codec, extradata, bytes);
    if (!picture || picture->width <= 0 || picture->height <= 0) {
        return std::nullopt;
    }
    const auto scaled = scale(*picture, max_width);
    return scaled ? encode_jpeg(*scaled) : std::nullopt;
}

}  // namespace framebridge::media
