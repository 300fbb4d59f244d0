#pragma once

#include <filesystem>
#include <string>

namespace framebridge::metadata {

/// Where a video file's metadata is: in `NAME.json` beside it; of `video.mp4`, as Savant names it, in
/// `metadata.json`.
inline std::filesystem::path metadata_path(const std::filesystem::path& video) {
    constexpr std::string_view savants = "video";
    auto stem = video.stem().string();
    if (stem == savants || stem.starts_with("video_")) {
        stem.replace(0, savants.size(), "metadata");
    }
    return video.parent_path() / (stem + ".json");
}

}  // namespace framebridge::metadata
