#include "media/video_reader.h"

#include <fmt/format.h>

#include "media/annex_b.h"
#include "media/av_handles.h"
#include "media/codec_names.h"
#include "media/presentation.h"
#include "media/timestamp_repair.h"

namespace framebridge::media {

namespace {

AvInput open_input(const std::filesystem::path& path) {
    AVFormatContext* context = nullptr;
    const int error = avformat_open_input(&context, file_url(path.string()).c_str(), nullptr, nullptr);
    if (error < 0) {
        throw MediaError(fmt::format("{}: cannot be read as video: {}", path.string(), av_error_text(error)));
    }
    AvInput input(context);
    if (const int found = avformat_find_stream_info(context, nullptr); found < 0) {
        throw MediaError(
            fmt::format("{}: no stream can be recognized: {}", path.string(), av_error_text(found)));
    }
    return input;
}

/// Whether it is an album cover, or a text file that libavformat takes for terminal art.
bool is_no_video(const AVStream& stream) {
    const auto codec = stream.codecpar->codec_id;
    return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 || codec == AV_CODEC_ID_ANSI ||
           codec == AV_CODEC_ID_BINTEXT || codec == AV_CODEC_ID_XBIN || codec == AV_CODEC_ID_IDF;
}

std::string describe(const AVStream& stream) {
    const char* type = av_get_media_type_string(stream.codecpar->codec_type);
    return fmt::format("{} ({})", type != nullptr ? type : "unknown",
                       avcodec_get_name(stream.codecpar->codec_id));
}

/// The filter that brings the codec's packets into the form in which they travel; null: as they are.
const char* travel_filter(AVCodecID codec) {
    // An MPEG-4 part 2 decoder needs the headers that MP4 and Matroska keep out of the packets.
    return codec == AV_CODEC_ID_MPEG4 ? "dump_extra" : annex_b_filter(codec);
}

AvFilter make_filter(const AVStream& stream) {
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

}  // namespace

struct VideoReader::Implementation {
    std::filesystem::path path;
    AvInput input;
    int stream_index = -1;
    AvFilter filter;
    VideoStream video;
    std::vector<std::string> passed_over;
    std::optional<TimestampRepair> repair;
    bool at_end = false;

    explicit Implementation(const std::filesystem::path& file) : path(file), input(open_input(file)) {
        stream_index = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
        if (stream_index < 0 || is_no_video(stream())) {
            throw MediaError(fmt::format("{}: has no video stream", path.string()));
        }
        for (unsigned index = 0; index < input->nb_streams; ++index) {
            if (static_cast<int>(index) == stream_index) {
                continue;
            }
            input->streams[index]->discard = AVDISCARD_ALL;
            passed_over.push_back(describe(*input->streams[index]));
        }
        filter = make_filter(stream());
        const auto rate = av_guess_frame_rate(input.get(), &stream(), nullptr);
        video = describe_video(stream(), rate, *filter->par_out);
        video.attributes = read_presentation(*input, stream());
        repair.emplace(*filter->par_out, frame_duration(stream(), rate));
    }

    [[nodiscard]] AVStream& stream() const { return *input->streams[stream_index]; }

    void check(int result, const char* what) const {
        if (result < 0) {
            throw MediaError(fmt::format("{}: {}: {}", path.string(), what, av_error_text(result)));
        }
    }

    /// Moves one packet of the file into the filter, or tells it that there are no more.
    void demux_one() {
        auto packet = make_packet();
        int result = 0;
        do {
            av_packet_unref(packet.get());
            result = av_read_frame(input.get(), packet.get());
        } while (result == AVERROR(EAGAIN) || (result >= 0 && packet->stream_index != stream_index));
        if (result != AVERROR_EOF) {
            check(result, "cannot be read on");
        }
        check(av_bsf_send_packet(filter.get(), result == AVERROR_EOF ? nullptr : packet.get()),
              "damaged packet");
    }

    /// Moves packets through the filter until it has given one, or its last.
    void filter_one() {
        for (auto packet = make_packet();;) {
            const int result = av_bsf_receive_packet(filter.get(), packet.get());
            if (result == AVERROR(EAGAIN)) {
                demux_one();
                continue;
            }
            if (result == AVERROR_EOF) {
                at_end = true;
                return repair->finish();
            }
            check(result, "damaged packet");
            const auto codec = filter->par_out->codec_id;
            if (has_annex_b(codec) && (packet->flags & AV_PKT_FLAG_KEY) != 0) {
                ensure_parameter_sets(codec, extradata_of(*filter->par_out), packet);
            }
            return repair->push(std::move(packet));
        }
    }

    std::optional<VideoPacket> read() {
        for (;;) {
            if (auto packet = repair->pop()) {
                return to_video_packet(std::move(packet));
            }
            if (at_end) {
                return std::nullopt;
            }
            filter_one();
        }
    }

    static VideoPacket to_video_packet(AvPacket packet) {
        VideoPacket video;
        video.bytes = {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
        video.pts = packet->pts;
        if (packet->dts != AV_NOPTS_VALUE) {
            video.dts = packet->dts;
        }
        if (packet->duration > 0) {
            video.duration = packet->duration;
        }
        video.keyframe = (packet->flags & AV_PKT_FLAG_KEY) != 0;
        video.owner = std::shared_ptr<const AVPacket>(std::move(packet));
        return video;
    }
};

VideoReader::VideoReader(const std::filesystem::path& path) {
    route_av_log();
    implementation_ = std::make_unique<Implementation>(path);
}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoStream& VideoReader::stream() const {
    return implementation_->video;
}
const std::vector<std::string>& VideoReader::passed_over() const {
    return implementation_->passed_over;
}
std::optional<VideoPacket> VideoReader::read() {
    return implementation_->read();
}

}  // namespace framebridge::media
