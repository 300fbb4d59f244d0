#pragma once

#include <string_view>

#include "media/av_handles.h"
#include "media/libav.h"

namespace framebridge::media {

/// Whether the codec's packets can be an Annex B byte stream.
bool has_annex_b(AVCodecID codec);

/// The bitstream filter that turns the codec's packets into Annex B.
const char* annex_b_filter(AVCodecID codec);

/// Puts `parameter_sets` (Annex B) into a keyframe that has no sequence parameter set of its own: before all
/// else, but behind an access unit delimiter, which must stay the first. Throws std::bad_alloc.
void ensure_parameter_sets(AVCodecID codec, std::string_view parameter_sets, AvPacket& keyframe);

}  // namespace framebridge::media
