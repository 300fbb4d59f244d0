#pragma once

#include <filesystem>
#include <functional>

namespace framebridge::media {

enum class RewriteOutcome { rewritten, stopped };

/// Writes what the fragmented MP4 or MOV file at `input` holds into `fd`, an empty file, with one index
/// instead of fragments, and brings it to the disk. `stop` is asked now and then. Throws MediaError.
RewriteOutcome rewrite_seekable(const std::filesystem::path& input, int fd,
                                const std::function<bool()>& stop);

}  // namespace framebridge::media
