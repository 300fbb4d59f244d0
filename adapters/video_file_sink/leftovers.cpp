#include "video_file_sink/leftovers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>

#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "media/fragments.h"
#include "media/partial_file.h"
#include "metadata/metadata_path.h"
#include "runtime/unique_fd.h"
#include "video_file_sink/metadata_file.h"

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

bool is_metadata(const std::filesystem::path& partial) {
    return partial.filename().string().ends_with(".json.partial");
}

/// Whether a video has that metadata file: the sink died between giving the two their names.
bool has_video(const std::filesystem::path& metadata) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(metadata.parent_path(), error)) {
        if (entry.path() != metadata && !entry.path().filename().string().starts_with('.') &&
            metadata::metadata_path(entry.path()) == metadata) {
            return true;
        }
    }
    return false;
}

/// The files that were finished, by the names of their metadata files as the dead sink would have named them.
using Finished = std::map<std::filesystem::path, std::filesystem::path>;

/// A metadata file gets the name of its video. If there is none, it is of no use.
void finish_metadata(const std::filesystem::path& path, const Finished& videos) {
    auto file = media::PartialFile::adopt(path);
    if (!file) {
        return;
    }
    const auto wanted = file->target();
    if (const auto video = videos.find(wanted); video != videos.end()) {
        file->rename_target(metadata::metadata_path(video->second));
    } else if (!has_video(wanted)) {
        return file->discard();
    }
    cut_to_whole_lines(file->fd());
    if (const auto failed = file->publish()) {
        spdlog::warn("{}: cannot be given its name: {}", path.string(), failed.message());
    }
}

void finish(const std::filesystem::path& path, Finished& videos,
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
    const auto metadata = metadata::metadata_path(file->target());
    if (const auto failed = publish_under_a_free_name(*file)) {
        spdlog::warn("{}: cannot be given its name: {}", path.string(), failed.message());
        return;
    }
    videos[metadata] = file->target();
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
    const auto files = files_below(folder);
    Finished videos;
    for (const auto& path : files) {
        try {
            if (is_rewrite(path)) {
                remove_rewrite(path);
            } else if (!is_metadata(path)) {
                finish(path, videos, finished);
            }
        } catch (const std::system_error& error) {
            spdlog::warn("{}: an unfinished recording {}", path.string(), error.what());
        }
    }
    for (const auto& path : files) {
        if (is_metadata(path)) {
            finish_metadata(path, videos);
        }
    }
}

}  // namespace framebridge::video_sink
