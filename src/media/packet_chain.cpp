#include "media/packet_chain.h"

#include <fmt/format.h>

#include "media/annex_b.h"
#include "media/codec_names.h"
#include "media/presentation.h"

namespace framebridge::media {

namespace {

/// The filter that brings the codec's packets into the form in which they travel; null: as they are.
const char* travel_filter(AVCodecID codec) {
    // An MPEG-4 part 2 decoder needs the headers that MP4 and Matroska keep out of the packets.
    return codec == AV_CODEC_ID_MPEG4 ? "dump_extra" : annex_b_filter(codec);
}

AvFilter make_filter(const AVStream& stream, std::optional<std::string_view> extradata) {
    const char* name = travel_filter(stream.codecpar->codec_id);
    if (name == nullptr) {
        name = "null";
    }
    AVBSFContext* context = nullptr;
    int error = av_bsf_alloc(av_bsf_get_by_name(name), &context);
    AvFilter filter(context);
    if (error >= 0) {
        error = avcodec_parameters_copy(filter->par_in, stream.codecpar);
    }
    if (error >= 0) {
        if (extradata) {
            set_extradata(*filter->par_in, *extradata);
        }
        filter->time_base_in = stream.time_base;
        error = av_bsf_init(context);
    }
    if (error < 0) {
        throw MediaError(fmt::format("bitstream filter {}: {}", name, av_error_text(error)));
    }
    return filter;
}

/// Whether all that a decoder needs is in the packets as they travel.
bool carries_its_extradata(AVCodecID codec) {
    switch (codec) {
        case AV_CODEC_ID_H264:
        case AV_CODEC_ID_HEVC:
        case AV_CODEC_ID_MPEG4:
        case AV_CODEC_ID_MPEG1VIDEO:
        case AV_CODEC_ID_MPEG2VIDEO:
        case AV_CODEC_ID_MJPEG:
        case AV_CODEC_ID_VP8:
        case AV_CODEC_ID_VP9:
            return true;
        default:
            return false;
    }
}

std::string_view extradata_of(const AVCodecParameters& parameters) {
    return {reinterpret_cast<const char*>(parameters.extradata),
            static_cast<std::size_t>(parameters.extradata_size)};
}

std::int64_t frame_duration(const AVStream& stream, AVRational rate) {
    return av_rescale_q(1, rate.num > 0 && rate.den > 0 ? av_inv_q(rate) : AVRational{1, 25},
                        stream.time_base);
}

VideoStream describe_video(const AVStream& stream, AVRational rate, const AVCodecParameters& travelling) {
    VideoStream video;
    video.codec = codec_name(travelling.codec_id);
    video.width = travelling.width;
    video.height = travelling.height;
    video.time_base = {stream.time_base.num, stream.time_base.den};
    video.framerate = rate.den > 0 ? fmt::format("{}/{}", rate.num, rate.den) : "0/1";
    if (!carries_its_extradata(travelling.codec_id)) {
        video.extradata = extradata_of(travelling);
    }
    return video;
}

AvParser make_parser(const AVCodecParameters& parameters, AvCodecContext& context) {
    AvParser parser(av_parser_init(parameters.codec_id));
    context.reset(avcodec_alloc_context3(nullptr));
    if (!context || avcodec_parameters_to_context(context.get(), &parameters) < 0) {
        throw std::bad_alloc();
    }
    if (parser) {
        parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    }
    return parser;
}

}  // namespace

std::optional<std::string_view> new_extradata(const AVPacket& packet) {
    std::size_t size = 0;
    const auto* data = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (data == nullptr || size == 0) {
        return std::nullopt;
    }
    return std::string_view(reinterpret_cast<const char*>(data), size);
}

PacketChain::PacketChain(AVFormatContext& input, AVStream& stream, std::optional<std::string_view> extradata)
    : stream_index_(stream.index),
      codec_(stream.codecpar->codec_id),
      extradata_(extradata.value_or(extradata_of(*stream.codecpar))),
      filter_(make_filter(stream, extradata)) {
    const auto rate = av_guess_frame_rate(&input, &stream, nullptr);
    auto video = describe_video(stream, rate, *filter_->par_out);
    video.attributes = read_presentation(input, stream);
    video_ = std::make_shared<const VideoStream>(std::move(video));
    repair_.emplace(*filter_->par_out, frame_duration(stream, rate));
    parser_ = make_parser(*filter_->par_out, parser_context_);
}

bool PacketChain::fits(const AVStream& stream, const AVPacket& packet) const {
    const auto extradata = new_extradata(packet);
    return stream.index == stream_index_ && stream.codecpar->codec_id == codec_ &&
           (!extradata || *extradata == extradata_);
}

void PacketChain::push(AvPacket packet) {
    if (const int error = av_bsf_send_packet(filter_.get(), packet.get()); error < 0) {
        throw MediaError(fmt::format("damaged packet: {}", av_error_text(error)));
    }
    filter();
}

void PacketChain::finish() {
    if (const int error = av_bsf_send_packet(filter_.get(), nullptr); error < 0) {
        throw MediaError(fmt::format("damaged packet: {}", av_error_text(error)));
    }
    filter();
    repair_->finish();
}

void PacketChain::filter() {
    for (;;) {
        auto packet = make_packet();
        const int result = av_bsf_receive_packet(filter_.get(), packet.get());
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) {
            return;
        }
        if (result < 0) {
            throw MediaError(fmt::format("damaged packet: {}", av_error_text(result)));
        }
        if (has_annex_b(codec_) && (packet->flags & AV_PKT_FLAG_KEY) != 0) {
            ensure_parameter_sets(codec_, extradata_of(*filter_->par_out), packet);
        }
        repair_->push(std::move(packet));
    }
}

AvPacket PacketChain::pop() {
    auto packet = repair_->pop();
    if (packet && (packet->flags & AV_PKT_FLAG_KEY) != 0) {
        follow_geometry(*packet);
    }
    return packet;
}

// The container may say what was true at its begin.
void PacketChain::follow_geometry(const AVPacket& keyframe) {
    if (!parser_) {
        return;
    }
    std::uint8_t* frame = nullptr;
    int size = 0;
    av_parser_parse2(parser_.get(), parser_context_.get(), &frame, &size, keyframe.data, keyframe.size,
                     keyframe.pts, keyframe.dts, keyframe.pos);
    if (parser_->width <= 0 || parser_->height <= 0 ||
        (parser_->width == video_->width && parser_->height == video_->height)) {
        return;
    }
    auto video = *video_;
    video.width = parser_->width;
    video.height = parser_->height;
    video_ = std::make_shared<const VideoStream>(std::move(video));
}

}  // namespace framebridge::media
