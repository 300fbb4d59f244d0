#include "video_file_sink/metadata_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "media/video_stream.h"

namespace framebridge::video_sink {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::error_code& error) {
    throw media::MediaError(fmt::format("{}: cannot be written: {}", path.string(), error.message()));
}

std::error_code last_error() {
    return {errno, std::generic_category()};
}

}  // namespace

void MetadataFile::add(std::string_view line) {
    std::string text(line);
    text += '\n';
    for (std::string_view rest = text; !rest.empty();) {
        const auto written = write(file_.fd(), rest.data(), rest.size());
        if (written < 0 && errno != EINTR) {
            const auto error = last_error();
            cut_to_whole_lines(file_.fd());
            fail(file_.target(), error);
        }
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
}

void MetadataFile::publish(std::filesystem::path target) {
    file_.rename_target(std::move(target));
    if (fsync(file_.fd()) != 0) {
        fail(file_.target(), last_error());
    }
    if (const auto error = file_.publish()) {
        fail(file_.target(), error);
    }
}

void cut_to_whole_lines(int fd) {
    std::array<char, 4096> chunk{};
    auto end = lseek(fd, 0, SEEK_END);
    while (end > 0) {
        const auto begin = std::max<off_t>(0, end - static_cast<off_t>(chunk.size()));
        const auto size = pread(fd, chunk.data(), static_cast<std::size_t>(end - begin), begin);
        if (size <= 0) {
            return;
        }
        const std::string_view text(chunk.data(), static_cast<std::size_t>(size));
        if (const auto line_end = text.rfind('\n'); line_end != std::string_view::npos) {
            end = begin + static_cast<off_t>(line_end) + 1;
            break;
        }
        end = begin;
    }
    (void)!ftruncate(fd, end);
}

}  // namespace framebridge::video_sink
