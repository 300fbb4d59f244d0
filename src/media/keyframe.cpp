#include "media/keyframe.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace framebridge::media {

namespace {

unsigned byte_at(std::string_view bytes, std::size_t index) {
    return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0U;
}

/// Calls `unit` with what follows each start code, up to the next one, until it returns an answer.
template <typename Unit>
std::optional<bool> for_each_unit(std::string_view frame, Unit unit) {
    constexpr std::string_view start_code("\0\0\1", 3);
    for (auto begin = frame.find(start_code); begin != std::string_view::npos;) {
        begin += start_code.size();
        const auto next = frame.find(start_code, begin);
        const auto bytes = frame.substr(begin, next == std::string_view::npos ? next : next - begin);
        if (const std::optional<bool> answer = unit(bytes); answer) {
            return answer;
        }
        begin = next;
    }
    return std::nullopt;
}

/// Whether a supplemental enhancement information unit has a recovery point (H.264, annex D: payload type 6).
bool has_recovery_point(std::string_view unit) {
    constexpr unsigned recovery_point = 6;
    constexpr unsigned more = 0xff;  // A byte of a number that the next one goes on with.
    for (std::size_t index = 1; index + 2 < unit.size();) {
        unsigned type = 0;
        std::size_t size = 0;
        for (; byte_at(unit, index) == more; ++index) {
            type += more;
        }
        type += byte_at(unit, index++);
        for (; byte_at(unit, index) == more; ++index) {
            size += more;
        }
        size += byte_at(unit, index++);
        if (type == recovery_point) {
            return true;
        }
        index += size;
    }
    return false;
}

bool h264_keyframe(std::string_view frame) {
    bool recovery = false;
    const auto answer = for_each_unit(frame, [&](std::string_view unit) -> std::optional<bool> {
        switch (byte_at(unit, 0) & 0x1f) {
            case 5:
                return true;
            case 1:
            case 2:
                return recovery;
            case 6:
                recovery = recovery || has_recovery_point(unit);
                return std::nullopt;
            default:
                return std::nullopt;
        }
    });
    return answer.value_or(false);
}

bool hevc_keyframe(std::string_view frame) {
    const auto answer = for_each_unit(frame, [](std::string_view unit) -> std::optional<bool> {
        const auto type = byte_at(unit, 0) >> 1 & 0x3f;
        constexpr unsigned last_slice = 31;
        constexpr unsigned first_random_access = 16;
        constexpr unsigned last_random_access = 23;
        if (type > last_slice) {
            return std::nullopt;
        }
        return type >= first_random_access && type <= last_random_access;
    });
    return answer.value_or(false);
}

/// The picture header's coding type.
bool mpeg12_keyframe(std::string_view frame) {
    const auto answer = for_each_unit(frame, [](std::string_view unit) -> std::optional<bool> {
        if (byte_at(unit, 0) != 0x00) {
            return std::nullopt;
        }
        return (byte_at(unit, 2) >> 3 & 0x7) == 1;
    });
    return answer.value_or(false);
}

/// The video object plane's coding type.
bool mpeg4_keyframe(std::string_view frame) {
    const auto answer = for_each_unit(frame, [](std::string_view unit) -> std::optional<bool> {
        if (byte_at(unit, 0) != 0xb6) {
            return std::nullopt;
        }
        return byte_at(unit, 1) >> 6 == 0;
    });
    return answer.value_or(false);
}

bool vp8_keyframe(std::string_view frame) {
    return !frame.empty() && (byte_at(frame, 0) & 1) == 0;
}

/// The uncompressed header: a marker of two bits, the profile, show_existing_frame, frame_type.
bool vp9_keyframe(std::string_view frame) {
    const auto first = byte_at(frame, 0);
    if (frame.empty() || first >> 6 != 2) {
        return false;
    }
    const bool profile_3 = (first >> 4 & 3) == 3;
    const auto rest = profile_3 ? first << 1 : first;  // Profile 3 has one reserved bit more.
    return (rest >> 3 & 1) == 0 && (rest >> 2 & 1) == 0;
}

/// A temporal unit with a sequence header and a shown key frame (AV1, section 5.9.2).
bool av1_keyframe(std::string_view frame) {
    constexpr unsigned sequence_header = 1;
    constexpr unsigned frame_header = 3;
    constexpr unsigned whole_frame = 6;
    bool has_sequence = false;
    for (std::size_t index = 0; index < frame.size();) {
        const auto header = byte_at(frame, index++);
        index += header >> 2 & 1;  // An extension byte.
        std::size_t size = 0;
        if ((header >> 1 & 1) == 0) {
            size = frame.size() - std::min(index, frame.size());
        } else {
            for (unsigned shift = 0; shift < 35; shift += 7) {
                const auto part = byte_at(frame, index++);
                size |= std::size_t{part & 0x7f} << shift;
                if ((part & 0x80) == 0) {
                    break;
                }
            }
        }
        const auto type = header >> 3 & 0xf;
        has_sequence = has_sequence || type == sequence_header;
        if (type == frame_header || type == whole_frame) {
            // show_existing_frame, frame_type (two bits; 0 is a key frame), show_frame.
            const auto bits = byte_at(frame, index) >> 4;
            return has_sequence && (bits >> 3) == 0 && (bits >> 1 & 3) == 0;
        }
        index += size;
    }
    return false;
}

bool is_intra_only(std::string_view codec) {
    constexpr std::array<std::string_view, 26> names{
        "jpeg",  "mjpeg",    "png",     "ffv1",     "prores",  "rawvideo", "raw",  "huffyuv", "ffvhuff",
        "dnxhd", "jpeg2000", "dvvideo", "magicyuv", "utvideo", "cfhd",     "bmp",  "tiff",    "webp",
        "gif",   "v210",     "qoi",     "hap",      "jpegls",  "jpegxl",   "r10k", "mjpegb"};
    return std::find(names.begin(), names.end(), codec) != names.end();
}

}  // namespace

std::optional<bool> is_keyframe(std::string_view codec, std::string_view frame) {
    if (codec == "h264") {
        return h264_keyframe(frame);
    }
    if (codec == "hevc" || codec == "h265") {
        return hevc_keyframe(frame);
    }
    if (codec == "av1") {
        return av1_keyframe(frame);
    }
    if (codec == "vp8") {
        return vp8_keyframe(frame);
    }
    if (codec == "vp9") {
        return vp9_keyframe(frame);
    }
    if (codec == "mpeg1video" || codec == "mpeg2video") {
        return mpeg12_keyframe(frame);
    }
    if (codec == "mpeg4") {
        return mpeg4_keyframe(frame);
    }
    if (is_intra_only(codec)) {
        return true;
    }
    return std::nullopt;
}

}  // namespace framebridge::media
