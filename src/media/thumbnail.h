#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace framebridge::media {

/// A keyframe as a JPEG picture of at most `max_width` pixels, decoded and encoded by libavcodec; none if its
/// codec has no decoder here or the bytes are no picture. `codec` as messages name it; `extradata` may be
/// empty. Never throws for what the bytes are.
std::optional<std::string> make_thumbnail(std::string_view codec, std::string_view extradata,
                                          std::string_view bytes, int max_width);

}  // namespace framebridge::media
