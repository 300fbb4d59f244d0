#include "media/annex_b.h"

#include <cstring>
#include <new>
#include <optional>

namespace framebridge::media {

namespace {

/// Types of network abstraction layer units: ITU-T H.264 table 7-1, H.265 table 7-1.
struct UnitTypes {
    unsigned shift;
    unsigned mask;
    unsigned sequence_parameter_set;
    unsigned delimiter;
    unsigned first_slice;
    unsigned last_slice;
};
constexpr UnitTypes h264_units{0, 0x1f, 7, 9, 1, 5};
constexpr UnitTypes hevc_units{1, 0x3f, 33, 35, 0, 31};

constexpr std::string_view start_code("\0\0\1", 3);

std::string_view view(const AVPacket& packet) {
    return {reinterpret_cast<const char*>(packet.data), static_cast<std::size_t>(packet.size)};
}

/// Where parameter sets have to be inserted; nullopt: the packet has its own.
std::optional<std::size_t> insertion_point(const UnitTypes& types, std::string_view packet) {
    std::size_t point = 0;
    for (auto begin = packet.find(start_code); begin != std::string_view::npos;) {
        const auto header = begin + start_code.size();
        if (header >= packet.size()) {
            break;
        }
        const auto type = (static_cast<unsigned char>(packet[header]) >> types.shift) & types.mask;
        if (type == types.sequence_parameter_set) {
            return std::nullopt;
        }
        if (type >= types.first_slice && type <= types.last_slice) {
            break;
        }
        const auto next = packet.find(start_code, header);
        if (type == types.delimiter && next != std::string_view::npos) {
            point = packet[next - 1] == '\0' ? next - 1 : next;
        }
        begin = next;
    }
    return point;
}

}  // namespace

bool has_annex_b(AVCodecID codec) {
    return annex_b_filter(codec) != nullptr;
}

const char* annex_b_filter(AVCodecID codec) {
    switch (codec) {
        case AV_CODEC_ID_H264:
            return "h264_mp4toannexb";
        case AV_CODEC_ID_HEVC:
            return "hevc_mp4toannexb";
        default:
            return nullptr;
    }
}

void ensure_parameter_sets(AVCodecID codec, std::string_view parameter_sets, AvPacket& keyframe) {
    const auto packet = view(*keyframe);
    const auto point = insertion_point(codec == AV_CODEC_ID_H264 ? h264_units : hevc_units, packet);
    if (!point || parameter_sets.empty()) {
        return;
    }
    auto whole = make_packet();
    if (av_new_packet(whole.get(), static_cast<int>(packet.size() + parameter_sets.size())) < 0 ||
        av_packet_copy_props(whole.get(), keyframe.get()) < 0) {
        throw std::bad_alloc();
    }
    std::memcpy(whole->data, packet.data(), *point);
    std::memcpy(whole->data + *point, parameter_sets.data(), parameter_sets.size());
    std::memcpy(whole->data + *point + parameter_sets.size(), packet.data() + *point, packet.size() - *point);
    keyframe = std::move(whole);
}

}  // namespace framebridge::media
