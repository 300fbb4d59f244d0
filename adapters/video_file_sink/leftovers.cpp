#include "video_file_sink/leftovers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>

#include <string>
#include <system_error>
#include <vector>

#include "media/fragments.h"
#include "media/partial_file.h"
#include "runtime/unique_fd.h"

namespace framebridge::video_sink {

namespace {

bool is_rewrite(const std::filesystem::path& path) {
    const auto name = path.filename().string();
    return name.starts_with('.') && name.ends_with(".rewrite");
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry(
        folder, std::filesystem::directory_options::skip_permission_denied, error);
    for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
        const auto& path = entry->path();
        if (media::PartialFile::is_partial(path) || is_rewrite(path)) {
            files.push_back(path);
        }
    }
    if (error) {
        spdlog::warn("{}: cannot be searched for unfinished recordings: {}", folder.string(),
                     error.message());
    }
    return files;
}

/// A new file that replaces nothing: its recording is still there.
void remove_rewrite(const std::filesystem::path& path) {
    const runtime::UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }
}

std::error_code publish_under_a_free_name(media::PartialFile& file) {
    const auto wanted = file.target();
    auto error = file.publish();
    for (int number = 2; error == std::errc::file_exists; ++number) {
        file.rename_target(wanted.parent_path() / fmt::format("{}-{}{}", wanted.stem().string(), number,
                                                              wanted.extension().string()));
        error = file.publish();
    }
    return error;
}

void finish(const std::filesystem::path& path,
            const std::function<void(const std::filesystem::path&)>& finished) {
    auto file = media::PartialFile::adopt(path);
    if (!file) {
        if (file.error() != std::errc::device_or_resource_busy) {
            spdlog::warn("{}: an unfinished recording cannot be opened: {}", path.string(),
                         file.error().message());
        }
        return;
    }
    std::error_code error;
    if (std::filesystem::file_size(path, error) == 0) {
        return;
    }
    const auto extension = file->target().extension();
    const bool fragments = extension == ".mp4" || extension == ".mov";
    const auto whole = fragments ? media::cut_to_whole_frames(file->fd()) : std::nullopt;
    if (fragments && !whole) {
        spdlog::warn("{}: an unfinished recording stays as it is: it has no frame that can be read",
                     path.string());
        return;
    }
    if (fragments && whole->frames == 0) {
        return file->discard();
    }
    if (const auto failed = publish_under_a_free_name(*file)) {
        spdlog::warn("{}: cannot be given its name: {}", path.string(), failed.message());
        return;
    }
    if (fragments) {
        spdlog::info("{}: finished what a dead sink left behind: {} frames", file->target().string(),
                     whole->frames);
        finished(file->target());
    } else {
        spdlog::info("{}: finished what a dead sink left behind", file->target().string());
    }
}

}  // namespace

void finish_leftovers(const std::filesystem::path& folder,
                      const std::function<void(const std::filesystem::path&)>& finished) {
    for (const auto& path : files_below(folder)) {
        try {
            if (is_rewrite(path)) {
                remove_rewrite(path);
            } else {
                finish(path, finished);
            }
        } catch (const std::system_error& error) {
            spdlog::warn("{}: an unfinished recording {}", path.string(), error.what());
        }
    }
}

}  // namespace framebridge::video_sink
