#include "media/video_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "media/av_handles.h"
#include "media/codec_names.h"
#include "media/presentation.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace framebridge::media {

namespace {

const char* muxer_name(Container container) {
    switch (container) {
        case Container::mp4:
            return "mp4";
        case Container::mov:
            return "mov";
        case Container::mkv:
            return "matroska";
        case Container::ts:
            return "mpegts";
        case Container::avi:
            return "avi";
    }
    return nullptr;
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

bool can_hold(Container container, const AVOutputFormat& format, AVCodecID codec) {
    if (codec == AV_CODEC_ID_NONE) {
        return false;
    }
    if (container == Container::ts) {
        return ts_can_hold(codec);
    }
    return avformat_query_codec(&format, codec, FF_COMPLIANCE_NORMAL) != 0;
}

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

/// The codec data that a keyframe carries in itself (H.264's and HEVC's parameter sets, AV1's sequence
/// header).
std::string extract_extradata(AVCodecParameters& parameters, std::string_view keyframe) {
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

AVRational parse_framerate(std::string_view text) {
    AVRational rate{0, 1};
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        return rate;
    }
    std::from_chars(text.data(), text.data() + slash, rate.num);
    std::from_chars(text.data() + slash + 1, text.data() + text.size(), rate.den);
    return rate.num > 0 && rate.den > 0 ? rate : AVRational{0, 1};
}

class Options {
  public:
    ~Options() { av_dict_free(&entries_); }
    Options() = default;
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;
    void set(const char* key, std::int64_t value) { av_dict_set_int(&entries_, key, value, 0); }
    AVDictionary** get() { return &entries_; }

  private:
    AVDictionary* entries_ = nullptr;
};

void choose_options(Container container, const VideoStream& stream, Options& options) {
    switch (container) {
        case Container::mp4:
        case Container::mov:
            // The file counts in the stream's own time base, and so does the edit list that holds a start
            // other than zero; libavformat's defaults would round the latter to milliseconds.
            options.set("video_track_timescale", stream.time_base.denominator);
            options.set("movie_timescale", stream.time_base.denominator);
            break;
        case Container::ts:
            options.set("mpegts_copyts", 1);
            break;
        case Container::mkv:
        case Container::avi:
            break;
    }
}

void sync_to_disk(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (!synced) {
        throw MediaError(fmt::format("{}: cannot be brought to the disk: {}", path.string(),
                                     std::generic_category().message(error)));
    }
}

}  // namespace

std::string_view extension(Container container) {
    switch (container) {
        case Container::mp4:
            return "mp4";
        case Container::mov:
            return "mov";
        case Container::mkv:
            return "mkv";
        case Container::ts:
            return "ts";
        case Container::avi:
            return "avi";
    }
    return {};
}

struct VideoWriter::Implementation {
    std::filesystem::path path;
    AvOutput output;
    AvPacket packet = make_packet();
    AVRational time_base;

    Implementation(const std::filesystem::path& file, Container container, const VideoStream& video,
                   std::string_view keyframe)
        : path(file), time_base{video.time_base.numerator, video.time_base.denominator} {
        AVFormatContext* context = nullptr;
        check(avformat_alloc_output_context2(&context, nullptr, muxer_name(container), nullptr),
              "no such container");
        output.reset(context);
        const auto codec = codec_by_name(video.codec);
        if (!can_hold(container, *output->oformat, codec)) {
            throw MediaError(fmt::format("codec '{}' cannot be stored in {}: choose another --container",
                                         video.codec, extension(container)));
        }
        add_stream(video, codec, keyframe);
        check(avio_open(&output->pb, file_url(path.string()).c_str(), AVIO_FLAG_WRITE), "cannot be created");
        Options options;
        choose_options(container, video, options);
        check(avformat_write_header(output.get(), options.get()), "its header cannot be written");
    }

    void add_stream(const VideoStream& video, AVCodecID codec, std::string_view keyframe) {
        auto* stream = avformat_new_stream(output.get(), nullptr);
        if (stream == nullptr) {
            throw std::bad_alloc();
        }
        auto& parameters = *stream->codecpar;
        parameters.codec_type = AVMEDIA_TYPE_VIDEO;
        parameters.codec_id = codec;
        parameters.width = static_cast<int>(video.width);
        parameters.height = static_cast<int>(video.height);
        const auto extradata =
            video.extradata.empty() ? extract_extradata(parameters, keyframe) : video.extradata;
        if (!extradata.empty()) {
            set_extradata(parameters, extradata);
        }
        complete_from_keyframe(parameters, keyframe);
        stream->sample_aspect_ratio = parameters.sample_aspect_ratio;
        write_presentation(video.attributes, *stream);
        stream->time_base = time_base;
        stream->avg_frame_rate = parse_framerate(video.framerate);
    }

    void check(int result, const char* what) const {
        if (result < 0) {
            throw MediaError(fmt::format("{}: {}: {}", path.string(), what, av_error_text(result)));
        }
    }

    void write(const VideoPacket& video) {
        av_packet_unref(packet.get());
        // The muxer only reads the bytes, and has taken them when av_write_frame returns.
        packet->data = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(video.bytes.data()));
        packet->size = static_cast<int>(video.bytes.size());
        packet->pts = video.pts;
        packet->dts = video.dts.value_or(video.pts);
        packet->duration = video.duration.value_or(0);
        packet->flags = video.keyframe ? AV_PKT_FLAG_KEY : 0;
        av_packet_rescale_ts(packet.get(), time_base, output->streams[0]->time_base);
        check(av_write_frame(output.get(), packet.get()), "cannot be written");
    }

    void close() {
        check(av_write_trailer(output.get()), "cannot be completed");
        check(avio_closep(&output->pb), "cannot be completed");
        sync_to_disk(path);
    }
};

VideoWriter::VideoWriter(const std::filesystem::path& path, Container container, const VideoStream& stream,
                         std::string_view keyframe) {
    route_av_log();
    implementation_ = std::make_unique<Implementation>(path, container, stream, keyframe);
}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

void VideoWriter::write(const VideoPacket& packet) {
    implementation_->write(packet);
}
void VideoWriter::close() {
    implementation_->close();
}

}  // namespace framebridge::media
