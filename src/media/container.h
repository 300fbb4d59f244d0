#pragma once

#include <optional>
#include <string_view>

#include "media/libav.h"

namespace framebridge::media {

enum class Container { mp4, mov, mkv, ts, avi, nut };

/// The container's usual file name extension, without the dot.
std::string_view extension(Container container);

/// libavformat's name for the container.
const char* muxer_name(Container container);

/// Whether a file of that container is written in fragments, each of which can be read as soon as it is
/// there.
bool has_fragments(Container container);

/// Whether the container can keep frames from being shown (an edit list).
bool can_hide_frames(Container container);

/// Whether players find the codec's packets in such a container.
bool can_hold(Container container, AVCodecID codec);

/// The container that suits the codec: MP4 if it can be, else Matroska, else what there is. Nothing: no
/// container holds it.
std::optional<Container> container_for(AVCodecID codec);

}  // namespace framebridge::media
