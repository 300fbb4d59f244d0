#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace framebridge::video_source {

enum class SortBy { name, modification_time };

/// The files that `location` (a file, a folder, a glob pattern, a URL) names, in that order; a folder's own
/// files only, without hidden ones. Empty: there is none.
std::vector<std::filesystem::path> expand_location(const std::string& location, SortBy order = SortBy::name);

/// A source id of a file: `{stem}`, `{name}` and `{folder}` become its name without extension, its name and
/// its folder's name.
std::string expand_source_id(std::string source_id, const std::filesystem::path& file);

}  // namespace framebridge::video_source
