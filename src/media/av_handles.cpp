#include "media/av_handles.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cstring>
#include <mutex>
#include <new>

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace framebridge {

AvPacket make_packet() {
    AvPacket packet(av_packet_alloc());
    if (!packet)
        throw std::bad_alloc();
    return packet;
}

std::string av_error_text(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

std::string file_url(const std::string& path) {
    return "file:" + path;
}

namespace {

void log_av_line(void* context, int level, const char* format, va_list arguments) {
    // libav warns about much that is of no consequence to who only moves packets.
    const auto to = level <= AV_LOG_ERROR ? spdlog::level::warn : spdlog::level::debug;
    if (level > AV_LOG_WARNING || !spdlog::should_log(to))
        return;
    std::array<char, 1024> line{};
    int print_prefix = 1;
    av_log_format_line2(context, level, format, arguments, line.data(), static_cast<int>(line.size()),
                        &print_prefix);
    std::string_view text(line.data());
    while (!text.empty() && text.back() == '\n')
        text.remove_suffix(1);
    spdlog::log(to, "libav: {}", text);
}

}  // namespace

void route_av_log() {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(log_av_line); });
}

void set_extradata(AVCodecParameters& parameters, std::string_view extradata) {
    auto* bytes = static_cast<std::uint8_t*>(av_mallocz(extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (bytes == nullptr)
        throw std::bad_alloc();
    std::memcpy(bytes, extradata.data(), extradata.size());
    av_freep(&parameters.extradata);
    parameters.extradata = bytes;
    parameters.extradata_size = static_cast<int>(extradata.size());
}

}  // namespace framebridge
