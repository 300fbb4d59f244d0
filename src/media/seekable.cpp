#include "media/seekable.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "media/av_handles.h"
#include "media/av_log.h"
#include "media/fd_io.h"
#include "media/muxer_options.h"
#include "media/video_stream.h"

namespace framebridge::media {

namespace {

class Rewrite {
  public:
    Rewrite(const std::filesystem::path& path, int fd) : path_(path), fd_(fd), io_(fd) {
        route_av_log();
        AVFormatContext* context = nullptr;
        check(avformat_open_input(&context, file_url(path.string()).c_str(), av_find_input_format("mov"),
                                  nullptr));
        input_.reset(context);
        // Of some codecs MP4 says neither the size nor the pixel format.
        check(avformat_find_stream_info(context, nullptr));
        if (input_->nb_streams != 1) {
            throw MediaError(path.string() + ": is not a recording");
        }
        const auto container = path.extension() == ".mov" ? Container::mov : Container::mp4;
        AVFormatContext* output = nullptr;
        check(avformat_alloc_output_context2(&output, nullptr, muxer_name(container), nullptr));
        output_.reset(output);
        output->pb = io_.context();
        output->flags |= AVFMT_FLAG_CUSTOM_IO;
        copy_description();
        MuxerOptions options(container, Layout::seekable, from().time_base);
        check(avformat_write_header(output, options.get()));
    }

    RewriteOutcome run(const std::function<bool()>& stop) {
        auto packet = make_packet();
        if (!read(*packet)) {
            throw MediaError(path_.string() + ": has no frames");
        }
        const auto begin = packet->dts;
        for (auto next = make_packet(); !stop(); std::swap(packet, next)) {
            if (!read(*next)) {
                // How long the last one lasts only the sum of all durations tells.
                packet->duration = std::max(begin + from().duration - packet->dts, std::int64_t{1});
                write(*packet);
                finish();
                return RewriteOutcome::rewritten;
            }
            write(*packet);
        }
        return RewriteOutcome::stopped;
    }

  private:
    [[nodiscard]] AVStream& from() const { return *input_->streams[0]; }
    [[nodiscard]] AVStream& to() const { return *output_->streams[0]; }

    bool read(AVPacket& packet) {
        av_packet_unref(&packet);
        const int result = av_read_frame(input_.get(), &packet);
        if (result != AVERROR_EOF) {
            check(result);
        }
        return result != AVERROR_EOF;
    }

    void write(AVPacket& packet) {
        av_packet_rescale_ts(&packet, from().time_base, to().time_base);
        packet.stream_index = 0;
        packet.pos = -1;
        check(av_write_frame(output_.get(), &packet));
    }

    void copy_description() {
        auto* stream = avformat_new_stream(output_.get(), nullptr);
        if (stream == nullptr) {
            throw std::bad_alloc();
        }
        check(avcodec_parameters_copy(stream->codecpar, from().codecpar));
        copy_side_data(from(), *stream);
        stream->time_base = from().time_base;
        stream->sample_aspect_ratio = from().sample_aspect_ratio;
        stream->avg_frame_rate = from().avg_frame_rate;
        const AVDictionaryEntry* tag = nullptr;
        while ((tag = av_dict_get(input_->metadata, "framebridge_", tag, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
            av_dict_set(&output_->metadata, tag->key, tag->value, 0);
        }
    }

    void finish() {
        check(av_write_trailer(output_.get()));
        avio_flush(output_->pb);
        check(output_->pb->error);
        if (fsync(fd_) != 0) {
            check(AVERROR(errno));
        }
    }

    void check(int result) const {
        if (result < 0) {
            throw MediaError(
                fmt::format("{}: cannot be rewritten: {}", path_.string(), av_error_text(result)));
        }
    }

    const std::filesystem::path& path_;
    int fd_;
    FdOutput io_;
    AvInput input_;
    AvOutput output_;
};

}  // namespace

RewriteOutcome rewrite_seekable(const std::filesystem::path& input, int fd,
                                const std::function<bool()>& stop) {
    return Rewrite(input, fd).run(stop);
}

}  // namespace framebridge::media
