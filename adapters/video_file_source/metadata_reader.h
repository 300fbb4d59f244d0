#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "metadata/frame_metadata.h"

namespace framebridge::video_source {

/// A video file's metadata file: a line for each frame, in the order in which the frames are in the file.
class MetadataReader {
  public:
    /// Nothing: the video has none.
    static std::optional<MetadataReader> open(const std::filesystem::path& video);

    /// What is said of the next frame. Nothing: there are no more lines, or they are not of this video; the
    /// log says so.
    std::optional<metadata::FrameMetadata> next(bool keyframe);
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    explicit MetadataReader(std::filesystem::path path) : path_(std::move(path)), file_(path_) {}
    bool read_line();
    void give_up(const std::string& reason);

    std::filesystem::path path_;
    std::ifstream file_;
    std::string line_;
    std::uint64_t number_ = 0;  ///< Of the line.
};

}  // namespace framebridge::video_source
