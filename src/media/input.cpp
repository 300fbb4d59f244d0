#include "media/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "media/av_log.h"
#include "media/dictionary.h"
#include "media/video_stream.h"
#include "runtime/poll_set.h"

namespace framebridge::media {

namespace {

constexpr int buffer_size = 1 << 16;

/// Formats whose files hold their own video. Not on it: what names other files or addresses (hls, concat,
/// dash, sdp, rtsp, image2's patterns), devices, and text that libavformat draws.
constexpr const char* formats =
    "mov,matroska,mpegts,mpeg,avi,flv,live_flv,h264,hevc,vvc,av1,obu,ivf,mjpeg,mpegvideo,m4v,mxf,ogg,asf,nut,"
    "yuv4mpegpipe,gif,apng,dv,rm,gxf,vc1,vc1test,h261,h263,dirac,wtv,nuv,swf,cavsvideo,mpjpeg,dnxhd,"
    "jpeg_pipe,png_pipe,bmp_pipe,webp_pipe,tiff_pipe,j2k_pipe,jpegls_pipe,jpegxl_pipe,pgm_pipe,ppm_pipe,"
    "pam_pipe,pbm_pipe,exr_pipe,dpx_pipe,qoi_pipe";
constexpr const char* playlists = ",hls,dash,concat,image2,sdp";

std::string protocols_for(const std::string& location, const InputConfig& config) {
    auto protocols = fmt::format("{}", fmt::join(config.protocols, ","));
    if (is_url(location)) {
        protocols += (protocols.empty() ? "" : ",") + std::string("http,https,tcp,tls,httpproxy");
    }
    return protocols.empty() ? "none" : protocols;
}

/// By the name of an image libavformat would look for a numbered series of files; the bytes tell what it is.
std::string name_to_probe(const std::string& path) {
    const bool is_image = av_match_ext(path.c_str(),
                                       "jpg,jpeg,png,bmp,webp,tif,tiff,jp2,j2k,jls,jxl,pgm,ppm,pbm,"
                                       "pam,exr,dpx,qoi,tga,pcx,sgi,xbm,xwd") != 0;
    return is_image ? "image" : path;
}

}  // namespace

bool is_url(std::string_view location) {
    return location.starts_with("http://") || location.starts_with("https://");
}

Input::Input(const std::string& location, InputConfig config) : config_(std::move(config)) {
    route_av_log();
    if (!is_url(location)) {
        open_file(location);
    }
    open(location, false);
    // A stream that begins late in the file is found only by reading more of it.
    if (!has_video() && regular_) {
        context_.reset();
        if (lseek(fd_.get(), 0, SEEK_SET) == 0) {
            open(location, true);
        }
    }
}

Input::~Input() {
    context_.reset();
    if (io_ != nullptr) {
        av_freep(static_cast<void*>(&io_->buffer));
        avio_context_free(&io_);
    }
}

void Input::open_file(const std::string& path) {
    // A pipe is waited for in read(), where a stop ends it.
    fd_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat status{};
    if (!fd_ || fstat(fd_.get(), &status) != 0) {
        throw MediaError(
            fmt::format("{}: cannot be read as video: {}", path, std::generic_category().message(errno)));
    }
    if (S_ISDIR(status.st_mode)) {
        throw MediaError(path + ": cannot be read as video: it is a folder");
    }
    regular_ = S_ISREG(status.st_mode);
}

void Input::open(const std::string& location, bool thorough) {
    auto* context = avformat_alloc_context();
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context_.reset(context);
    context->interrupt_callback = {stopped, this};
    if (fd_) {
        if (io_ == nullptr) {
            auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
            io_ = avio_alloc_context(buffer, buffer_size, 0, this, read, nullptr, regular_ ? seek : nullptr);
        } else {
            io_->pos = 0;
            io_->buf_ptr = io_->buf_end = io_->buffer;
            io_->eof_reached = 0;
        }
        if (io_ == nullptr) {
            throw std::bad_alloc();
        }
        context->pb = io_;
        context->flags |= AVFMT_FLAG_CUSTOM_IO;
    }
    Dictionary options;
    options.set("protocol_whitelist", protocols_for(location, config_));
    options.set("format_whitelist", std::string(formats) + (config_.protocols.empty() ? "" : playlists));
    if (thorough) {
        options.set("probesize", "1000000000");
        options.set("analyzeduration", "600000000");
    }
    // It frees the context where it fails.
    context = context_.release();
    const int error = avformat_open_input(
        &context, (fd_ && config_.protocols.empty() ? name_to_probe(location) : location).c_str(), nullptr,
        options.get());
    context_.reset(context);
    if (error < 0) {
        throw MediaError(fmt::format("{}: cannot be read as video: {}", location,
                                     error == AVERROR(EINVAL)
                                         ? "its format is not a video's (a playlist needs --allow-protocols)"
                                         : av_error_text(error)));
    }
    if (const int found = avformat_find_stream_info(context, nullptr); found < 0) {
        throw MediaError(fmt::format("{}: no stream can be recognized: {}", location, av_error_text(found)));
    }
}

int Input::read_packet(AVPacket& packet) {
    int result = 0;
    do {
        av_packet_unref(&packet);
        result = av_read_frame(context_.get(), &packet);
    } while (result == AVERROR(EAGAIN));
    return result;
}

bool Input::has_video() const {
    return av_find_best_stream(context_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0) >= 0;
}

int Input::stopped(void* self) {
    const auto* stop = static_cast<Input*>(self)->config_.stop;
    return stop != nullptr && stop->requested() ? 1 : 0;
}

int Input::read(void* self, std::uint8_t* bytes, int size) {
    auto& input = *static_cast<Input*>(self);
    for (;;) {
        if (stopped(self) != 0) {
            return AVERROR_EXIT;
        }
        if (!input.regular_) {
            runtime::PollSet poll_set;
            poll_set.add_fd(input.fd_.get(), runtime::PollEvents::readable);
            if (input.config_.stop != nullptr) {
                input.config_.stop->add_to(poll_set);
            }
            poll_set.wait();
        }
        const auto count = ::read(input.fd_.get(), bytes, static_cast<std::size_t>(size));
        if (count > 0) {
            return static_cast<int>(count);
        }
        if (count == 0) {
            return AVERROR_EOF;
        }
        if (errno != EINTR && errno != EAGAIN) {
            return AVERROR(errno);
        }
    }
}

std::int64_t Input::seek(void* self, std::int64_t offset, int whence) {
    auto& input = *static_cast<Input*>(self);
    if (whence == AVSEEK_SIZE) {
        struct stat status{};
        return fstat(input.fd_.get(), &status) == 0 ? status.st_size : AVERROR(errno);
    }
    const auto position = lseek(input.fd_.get(), offset, whence & ~AVSEEK_FORCE);
    return position >= 0 ? position : AVERROR(errno);
}

}  // namespace framebridge::media
