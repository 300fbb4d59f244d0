#include "media/av_handles.h"

#include <array>
#include <cstring>
#include <new>

#include "media/libav.h"

namespace framebridge::media {

AvPacket make_packet() {
    AvPacket packet(av_packet_alloc());
    if (!packet) {
        throw std::bad_alloc();
    }
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

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)  // FFmpeg 6.1

std::string_view side_data(const AVStream& stream, AVPacketSideDataType type) {
    const auto& parameters = *stream.codecpar;
    const auto* data =
        av_packet_side_data_get(parameters.coded_side_data, parameters.nb_coded_side_data, type);
    if (data == nullptr) {
        return {};
    }
    return {reinterpret_cast<const char*>(data->data), data->size};
}

void add_side_data(AVStream& stream, AVPacketSideDataType type, std::string_view bytes) {
    auto& parameters = *stream.codecpar;
    auto* data = av_packet_side_data_new(&parameters.coded_side_data, &parameters.nb_coded_side_data, type,
                                         bytes.size(), 0);
    if (data == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(data->data, bytes.data(), bytes.size());
}

#else

std::string_view side_data(const AVStream& stream, AVPacketSideDataType type) {
    std::size_t size = 0;
    const auto* data = av_stream_get_side_data(&stream, type, &size);
    return {reinterpret_cast<const char*>(data), data != nullptr ? size : 0};
}

void add_side_data(AVStream& stream, AVPacketSideDataType type, std::string_view bytes) {
    auto* data = av_stream_new_side_data(&stream, type, bytes.size());
    if (data == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(data, bytes.data(), bytes.size());
}

#endif

void copy_side_data(const AVStream& from, AVStream& to) {
    for (const auto type : {AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_STEREO3D, AV_PKT_DATA_SPHERICAL,
                            AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_CONTENT_LIGHT_LEVEL}) {
        if (const auto bytes = side_data(from, type); !bytes.empty() && side_data(to, type).empty()) {
            add_side_data(to, type, bytes);
        }
    }
}

void set_extradata(AVCodecParameters& parameters, std::string_view extradata) {
    auto* bytes = static_cast<std::uint8_t*>(av_mallocz(extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (bytes == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(bytes, extradata.data(), extradata.size());
    av_freep(&parameters.extradata);
    parameters.extradata = bytes;
    parameters.extradata_size = static_cast<int>(extradata.size());
}

}  // namespace framebridge::media
