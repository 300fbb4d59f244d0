#pragma once

#include <fcntl.h>

#include <filesystem>
#include <functional>
#include <string>

#include "media/seekable.h"
#include "media/video_writer.h"
#include "runtime/unique_fd.h"

namespace framebridge::test {

inline runtime::UniqueFd create(const std::filesystem::path& path) {
    return runtime::UniqueFd(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

/// Writes a file as the sink does it: crash-safe first, then with one index. Its times are the stream's own.
inline void write_file(const std::filesystem::path& path, media::Container container,
                       const media::VideoStream& stream, std::string_view keyframe,
                       const std::function<void(media::VideoWriter&)>& fill) {
    const auto fragments = path.parent_path() / ("fragments." + std::string(extension(container)));
    const auto fd = create(fragments);
    media::VideoWriter writer(fd.get(), fragments.string(),
                              {.container = container, .clock_start = media::ClockStart::stream}, stream,
                              keyframe);
    fill(writer);
    writer.close();
    if (media::has_fragments(container)) {
        const auto whole = create(path);
        media::rewrite_seekable(fragments, whole.get(), [] { return false; });
    } else {
        std::filesystem::rename(fragments, path);
    }
}

}  // namespace framebridge::test
