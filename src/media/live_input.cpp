#include "media/live_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>

#include "media/av_log.h"
#include "media/dictionary.h"
#include "media/video_device.h"
#include "runtime/secrets.h"
#include "runtime/text.h"

namespace framebridge::media {

namespace {

double seconds(std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

/// How long a device that has no frame yet is left alone.
constexpr auto device_pause = std::chrono::milliseconds(5);

void pause(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any condition;
    std::unique_lock lock(mutex);
    condition.wait_for(lock, stop, device_pause, [] { return false; });
}

std::string without(std::string text, const std::vector<std::string>& secrets) {
    for (const auto& secret : secrets) {
        for (auto at = secret.empty() ? std::string::npos : text.find(secret); at != std::string::npos;
             at = text.find(secret, at + runtime::hidden.size())) {
            text.replace(at, secret.size(), runtime::hidden);
        }
    }
    return runtime::without_userinfo(text);
}

}  // namespace

LiveInput::LiveInput(LiveConfig config, std::stop_token stop)
    : config_(std::move(config)), stop_(std::move(stop)), patience_(config_.stall_timeout) {
    open();
    find_streams();
}

void LiveInput::open() {
    AvLogCapture log;
    const auto* format = is_device()              ? video_device_format()
                         : config_.format.empty() ? nullptr
                                                  : av_find_input_format(config_.format.c_str());
    if (format == nullptr && !config_.format.empty()) {
        throw MediaError(fmt::format("{}: this libavformat has no '{}'{}", config_.name, config_.format,
                                     is_device() ? ": install the libavdevice that belongs to it" : ""));
    }
    auto* context = avformat_alloc_context();
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context->interrupt_callback = {interrupted, this};
    if (is_device()) {
        context->flags |= AVFMT_FLAG_NONBLOCK;
    }
    Dictionary options;
    for (const auto& [key, value] : config_.options) {
        options.set(key, value);
    }
    options.set("protocol_whitelist", config_.protocols);
    options.set("format_whitelist", config_.formats);
    options.set("max_streams", "32");
    // Some formats would be analyzed for 90 s, in case that another stream appears.
    options.set("analyzeduration", "2000000");
    deadline_ = Clock::now() + config_.connect_timeout;
    // It frees the context where it fails.
    const int error = avformat_open_input(&context, config_.url.c_str(), format, options.get());
    context_.reset(context);
    if (log.redirected()) {
        throw MediaError(config_.name +
                         ": the server sends to another address, which is not followed: give that one");
    }
    if (error < 0) {
        throw MediaError(expired() && !stop_.stop_requested()
                             ? fmt::format("{}: no answer within {} s (--connect-timeout)", config_.name,
                                           seconds(config_.connect_timeout))
                             : reason("cannot be opened", error, log.last_error()));
    }
}

void LiveInput::find_streams() {
    AvLogCapture log;
    probe_begin_ = std::chrono::system_clock::now();
    deadline_ = Clock::now() + config_.stall_timeout;
    const int error = avformat_find_stream_info(context_.get(), nullptr);
    if (expired() && !stop_.stop_requested()) {
        throw StallError(fmt::format("{}: connected, but no video came within {} s (--stall-timeout)",
                                     config_.name, seconds(config_.stall_timeout)));
    }
    if (error < 0) {
        throw MediaError(reason("its streams are not recognized", error, log.last_error()));
    }
}

int LiveInput::read_packet(AVPacket& packet) {
    const auto begin = Clock::now();
    deadline_ = begin + patience_;
    const int result = read_within_time(packet);
    if (result < 0) {
        return result;
    }
    // Sound alone does not make a camera that works.
    const auto index = static_cast<unsigned>(packet.stream_index);
    const bool video =
        index < context_->nb_streams && context_->streams[index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    // The times of RTP count from the first frame, which loses its own on its way through the parser.
    if (video && !std::exchange(begun_, true) && packet.pts == AV_NOPTS_VALUE && config_.format == "rtsp") {
        packet.pts = 0;
    }
    patience_ = video ? Clock::duration(config_.stall_timeout) : patience_ - (Clock::now() - begin);
    return result;
}

int LiveInput::read_within_time(AVPacket& packet) {
    AvLogCapture log;
    for (;;) {
        av_packet_unref(&packet);
        const int result = av_read_frame(context_.get(), &packet);
        const bool again = result == AVERROR(EAGAIN);
        if (result >= 0 || stop_.stop_requested()) {
            return again ? AVERROR_EXIT : result;
        }
        if (expired()) {
            throw StallError(fmt::format("{}: no frame for {} s (--stall-timeout)", config_.name,
                                         seconds(config_.stall_timeout)));
        }
        if (result == AVERROR_EOF) {
            return result;
        }
        if (!again) {
            throw MediaError(reason("cannot be read on", result, log.last_error()));
        }
        pause(stop_);
    }
}

bool LiveInput::has_times() const {
    const std::string_view format = context_->iformat->name;
    return format != "mpjpeg" && format != "mjpeg";
}

std::string LiveInput::reason(const char* what, int error, const std::string& detail) const {
    if (error == AVERROR_HTTP_UNAUTHORIZED || error == AVERROR_HTTP_FORBIDDEN) {
        return fmt::format("{}: the server refuses this user or password ({}): see --username and --password",
                           config_.name,
                           error == AVERROR_HTTP_UNAUTHORIZED ? "401 Unauthorized" : "403 Forbidden");
    }
    const auto text = av_error_text(error);
    const auto shown = runtime::printable(without(detail, config_.secrets));
    if (detail.find(text) != std::string::npos) {
        return fmt::format("{}: {}: {}", config_.name, what, shown);
    }
    return fmt::format("{}: {}: {}{}", config_.name, what, text, shown.empty() ? "" : " (" + shown + ")");
}

int LiveInput::interrupted(void* self) {
    const auto& input = *static_cast<LiveInput*>(self);
    return input.stop_.stop_requested() || input.expired() ? 1 : 0;
}

void limit_av_allocations(std::size_t bytes) {
    av_max_alloc(bytes);
}

}  // namespace framebridge::media
