#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace framebridge::video_source {

/// The files that `location` (a file, a folder, a glob pattern) names, by name in order; a folder's own files
/// only, without hidden ones. Empty: there is none.
std::vector<std::filesystem::path> expand_location(const std::string& location);

}  // namespace framebridge::video_source
