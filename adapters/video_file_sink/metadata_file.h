#pragma once

#include <filesystem>
#include <string_view>

#include "media/partial_file.h"

namespace framebridge::video_sink {

/// What a recording's frames say beside their pictures: a line of JSON for each, in the order in which they
/// are in the video file, and a line where frames are missing. It gets its name with the video file.
class MetadataFile {
  public:
    explicit MetadataFile(media::PartialFile file) : file_(std::move(file)) {}

    /// Appends a line. Throws MediaError if it cannot be written.
    void add(std::string_view line);
    /// Brings it to the disk, and gives it that name. Throws MediaError.
    void publish(std::filesystem::path target);
    void discard() { file_.discard(); }

  private:
    media::PartialFile file_;
};

/// Cuts off a line that was broken off.
void cut_to_whole_lines(int fd);

}  // namespace framebridge::video_sink
