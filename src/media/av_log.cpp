#include "media/av_log.h"

#include <spdlog/spdlog.h>

#include <array>
#include <mutex>

#include "media/libav.h"

namespace framebridge::media {

namespace {

thread_local AvLogCapture* capture = nullptr;

/// The formats of the messages, of no high level, by which libavformat tells of a redirection.
bool may_tell_of_redirection(std::string_view format) {
    return format.find("Redirecting to") != std::string_view::npos || format.starts_with("http_code=");
}

std::string_view without_line_end(std::string_view text) {
    while (!text.empty() && text.back() == '\n') {
        text.remove_suffix(1);
    }
    return text;
}

void log_av_line(void* context, int level, const char* format, va_list arguments) {
    // libav warns about much that is of no consequence to who only moves packets.
    const auto to = level <= AV_LOG_ERROR ? spdlog::level::warn : spdlog::level::debug;
    const bool captured = capture != nullptr && (level <= AV_LOG_ERROR || may_tell_of_redirection(format));
    if (!captured && (capture != nullptr || level > AV_LOG_WARNING || !spdlog::should_log(to))) {
        return;
    }
    std::array<char, 1024> line{};
    int print_prefix = captured ? 0 : 1;
    av_log_format_line2(context, level, format, arguments, line.data(), static_cast<int>(line.size()),
                        &print_prefix);
    const auto text = without_line_end(line.data());
    if (captured) {
        capture->take(context, level, text);
    } else {
        spdlog::log(to, "libav: {}", text);
    }
}

}  // namespace

void route_av_log() {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(log_av_line); });
}

AvLogCapture::AvLogCapture() : outer_(capture) {
    route_av_log();
    capture = this;
}

AvLogCapture::~AvLogCapture() {
    capture = outer_;
}

void AvLogCapture::take(void* context, int level, std::string_view line) {
    if (level <= AV_LOG_ERROR) {
        last_error_ = line;
    } else if (line.find("Redirecting to") != std::string_view::npos || line.starts_with("http_code=3")) {
        redirected_ = true;
        (void)av_opt_set(context, "protocol_whitelist", "none", 0);
    }
}

}  // namespace framebridge::media
