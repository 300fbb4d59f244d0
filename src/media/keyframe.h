#pragma once

#include <optional>
#include <string_view>

namespace framebridge::media {

/// Whether a decoder can begin with that frame, by its own bytes: for senders that do not say. H.264 (an IDR
/// picture or a recovery point) and HEVC (any random access picture), both as Annex B, AV1, VP8, VP9, MPEG-1,
/// -2 and -4, and codecs that have keyframes only. `codec` is named as in messages. Nothing: the codec is not
/// known here. Reads no more than the begin of the frame up to its first slice.
std::optional<bool> is_keyframe(std::string_view codec, std::string_view frame);

}  // namespace framebridge::media
