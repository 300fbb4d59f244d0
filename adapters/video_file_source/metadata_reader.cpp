#include "video_file_source/metadata_reader.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "metadata/metadata_path.h"

namespace framebridge::video_source {

namespace {

/// A longer line is no frame's.
constexpr std::size_t max_line = std::size_t{64} << 20;

}  // namespace

std::optional<MetadataReader> MetadataReader::open(const std::filesystem::path& video) {
    auto path = metadata::metadata_path(video);
    std::error_code error;
    if (path == video || !std::filesystem::is_regular_file(path, error)) {
        return std::nullopt;
    }
    MetadataReader reader(std::move(path));
    return reader.file_ ? std::optional(std::move(reader)) : std::nullopt;
}

bool MetadataReader::read_line() {
    line_.clear();
    for (int byte = file_.get(); byte != std::ifstream::traits_type::eof(); byte = file_.get()) {
        if (byte == '\n') {
            ++number_;
            return true;
        }
        if (line_.size() == max_line) {
            give_up("the line is too long");
            return false;
        }
        line_ += static_cast<char>(byte);
    }
    // The last line may have no end.
    ++number_;
    return !line_.empty();
}

void MetadataReader::give_up(const std::string& reason) {
    spdlog::warn("{}, line {}: {}; the rest of the file is not read", path_.string(), number_, reason);
    file_.close();
    file_.setstate(std::ios::badbit);
}

std::optional<metadata::FrameMetadata> MetadataReader::next(bool keyframe) {
    while (file_ && read_line()) {
        auto line = metadata::FrameMetadata::parse(line_);
        if (!line) {
            if (line.error().reason == metadata::FrameMetadata::other_line) {
                continue;
            }
            give_up(line.error().to_string());
            return std::nullopt;
        }
        if (line->keyframe() && *line->keyframe() != keyframe) {
            give_up(
                "it is not of this video: it says of a frame that is no keyframe that it is one, or the "
                "other "
                "way round");
            return std::nullopt;
        }
        return std::move(*line);
    }
    if (file_.eof() && !file_.bad()) {
        give_up("the video has more frames than the file has lines");
    }
    return std::nullopt;
}

}  // namespace framebridge::video_source
