#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace framebridge::media {

/// What of a fragmented MP4 or MOV file can be played.
struct WholeFragments {
    std::uint64_t frames = 0;
    std::uint64_t end = 0;  ///< The file's size without what is broken.
};

/// Cuts off what a write that was broken off left at the end of a fragmented file, up to its last whole
/// frame; needs no room on the disk. Nothing: there is not one whole frame, or it is no such file. Throws
/// std::system_error if the file cannot be read or changed.
std::optional<WholeFragments> cut_to_whole_frames(int fd);

}  // namespace framebridge::media
