#include "media/video_writer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <system_error>

#include "media/av_log.h"
#include "media/codec_names.h"
#include "media/fd_io.h"
#include "media/fragments.h"
#include "media/muxer_options.h"
#include "media/stream_header.h"
#include "media/time_scale.h"

namespace framebridge::media {

namespace {

using namespace std::chrono_literals;

constexpr auto fragment_duration = 1s;
constexpr std::uint64_t max_fragment_bytes = std::uint64_t{8} << 20;

AvPacket copy_packet(const VideoPacket& video) {
    auto packet = make_packet();
    if (av_new_packet(packet.get(), static_cast<int>(video.bytes.size())) < 0) {
        throw std::bad_alloc();
    }
    std::memcpy(packet->data, video.bytes.data(), video.bytes.size());
    packet->pts = video.pts;
    packet->dts = video.dts.value_or(AV_NOPTS_VALUE);
    packet->duration = video.duration.value_or(0);
    packet->flags = (video.keyframe ? AV_PKT_FLAG_KEY : 0) | (video.hidden ? hidden_flag : 0);
    return packet;
}

}  // namespace

struct VideoWriter::Implementation {
    int fd;
    std::string name;
    WriterConfig config;
    FdOutput io;
    AvOutput output;
    std::optional<Timeline> timeline;
    bool has_header = false;

    FrameCount in_file;
    std::uint64_t end_in_file = 0;     ///< The file's size when in_file was right.
    std::deque<std::size_t> in_muxer;  ///< Sizes of frames that the muxer has and the file does not.
    std::uint64_t bytes_in_muxer = 0;
    std::int64_t fragment_start = 0;  ///< The dts of the muxer's first frame that is not in the file.
    std::int64_t last_dts = 0;
    std::optional<Clock::time_point> waiting_since;  ///< The time of the first frame that is not in the file.

    Implementation(int file, std::string file_name, const WriterConfig& writer_config,
                   const VideoStream& video, std::string_view keyframe)
        : fd(file), name(std::move(file_name)), config(writer_config), io(fd) {
        AVFormatContext* context = nullptr;
        check(avformat_alloc_output_context2(&context, nullptr, muxer_name(config.container), nullptr),
              "no such container");
        output.reset(context);
        output->pb = io.context();
        output->flags |= AVFMT_FLAG_CUSTOM_IO;
        if (!can_hold(config.container, codec_by_name(video.codec))) {
            throw MediaError(fmt::format("{}: codec '{}' cannot be stored in {}: choose another --container",
                                         name, video.codec, extension(config.container)));
        }
        auto* stream = avformat_new_stream(context, nullptr);
        if (stream == nullptr) {
            throw std::bad_alloc();
        }
        write_stream_header(video, keyframe, *stream);
        choose_codec_tag(config.container, *stream->codecpar);
        const AVRational from{video.time_base.numerator, video.time_base.denominator};
        stream->time_base = file_time_base(config.container, video);
        const auto rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : AVRational{25, 1};
        timeline.emplace(
            Timeline::Config{.from = from,
                             .to = stream->time_base,
                             .start = config.clock_start,
                             .frame_duration = av_rescale_q(1, av_inv_q(rate), stream->time_base),
                             .reorder_depth = stream->codecpar->video_delay,
                             .durations_fill = has_fragments(config.container)});
    }

    void check(int result, const char* what) const {
        if (result < 0) {
            throw MediaError(fmt::format("{}: {}: {}", name, what, av_error_text(result)));
        }
    }

    [[nodiscard]] AVStream& stream() const { return *output->streams[0]; }

    void write_header() {
        auto tags = config.tags;
        tags["framebridge_start"] = std::to_string(timeline->origin());
        set_tags(*output, tags);
        MuxerOptions options(config.container, Layout::crash_safe, stream().time_base);
        check(avformat_write_header(output.get(), options.get()), "its header cannot be written");
        has_header = true;
    }

    void write(const VideoPacket& video) {
        if (!waiting_since) {
            waiting_since = Clock::now();
        }
        timeline->push(copy_packet(video));
        mux_ready();
        if (in_muxer.empty()) {
            return;
        }
        const auto waiting = av_rescale_q(last_dts - fragment_start, stream().time_base, {1, 1000});
        if ((video.keyframe && waiting * 1ms >= fragment_duration) || bytes_in_muxer >= max_fragment_bytes ||
            Clock::now() >= *waiting_since + fragment_duration) {
            flush_muxer();
            waiting_since = Clock::now();  // One frame waits until its duration is known.
        }
    }

    void mux_ready() {
        while (const auto packet = timeline->pop()) {
            if (!has_header) {
                write_header();
            }
            const auto size = static_cast<std::size_t>(packet->size);
            fragment_start = in_muxer.empty() ? packet->dts : fragment_start;
            last_dts = packet->dts;
            packet->flags &= ~hidden_flag;
            av_packet_rescale_ts(packet.get(), timeline->unit(), stream().time_base);
            in_muxer.push_back(size);
            bytes_in_muxer += size;
            check(av_write_frame(output.get(), packet.get()), "cannot be written");
        }
    }

    void flush_muxer() {
        if (!has_header) {
            return;
        }
        // The first call writes the file's header alone.
        for (int call = 0; call < 2; ++call) {
            check(av_write_frame(output.get(), nullptr), "cannot be written");
        }
        avio_flush(output->pb);
        check(output->pb->error, "cannot be written");
        if (config.disk_sync == DiskSync::each_fragment) {
            sync();
        }
        for (const auto size : in_muxer) {
            ++in_file.frames;
            in_file.bytes += size;
        }
        in_muxer.clear();
        bytes_in_muxer = 0;
        end_in_file = static_cast<std::uint64_t>(lseek(fd, 0, SEEK_END));
    }

    void flush() {
        timeline->flush();
        mux_ready();
        flush_muxer();
        waiting_since.reset();
        if (has_fragments(config.container)) {
            // The last frame's duration is a guess: the next fragment has its own time.
            av_opt_set(output->priv_data, "movflags", "+frag_discont", 0);
        }
    }

    void close() {
        timeline->finish();
        mux_ready();
        flush_muxer();
        waiting_since.reset();
        const int result = av_write_trailer(output.get());
        avio_flush(output->pb);
        if (const int error = result < 0 ? result : output->pb->error; error < 0) {
            // It only helps to find places in the file.
            spdlog::warn("{}: its index cannot be written: {}", name, av_error_text(error));
            cut();
        }
        sync();
    }

    void sync() const {
        if (fsync(fd) != 0) {
            throw MediaError(fmt::format("{}: cannot be brought to the disk: {}", name,
                                         std::generic_category().message(errno)));
        }
    }

    void cut() {
        if (!has_fragments(config.container)) {
            if (ftruncate(fd, static_cast<off_t>(end_in_file)) != 0) {
                in_file = {};
            }
            return;
        }
        const auto whole = cut_to_whole_frames(fd).value_or(WholeFragments{});
        for (; in_file.frames < whole.frames && !in_muxer.empty(); in_muxer.pop_front()) {
            ++in_file.frames;
            in_file.bytes += in_muxer.front();
        }
    }

    void abandon() {
        try {
            cut();
        } catch (const std::system_error& error) {
            spdlog::error("{}: its end {}", name, error.what());
        }
        waiting_since.reset();
    }
};

VideoWriter::VideoWriter(int fd, const std::string& name, const WriterConfig& config,
                         const VideoStream& stream, std::string_view keyframe) {
    route_av_log();
    implementation_ = std::make_unique<Implementation>(fd, name, config, stream, keyframe);
}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

void VideoWriter::write(const VideoPacket& packet) {
    implementation_->write(packet);
}
void VideoWriter::flush() {
    implementation_->flush();
}
VideoWriter::Clock::time_point VideoWriter::flush_due() const {
    const auto& since = implementation_->waiting_since;
    return since ? *since + fragment_duration : Clock::time_point::max();
}
void VideoWriter::close() {
    implementation_->close();
}
void VideoWriter::abandon() {
    implementation_->abandon();
}
FrameCount VideoWriter::in_file() const {
    return implementation_->in_file;
}
std::uint64_t VideoWriter::moved() const {
    return implementation_->timeline->moved();
}
std::chrono::seconds VideoWriter::cut_pauses() const {
    const auto& timeline = *implementation_->timeline;
    return std::chrono::seconds(av_rescale_q(timeline.cut(), timeline.unit(), {1, 1}));
}

}  // namespace framebridge::media
