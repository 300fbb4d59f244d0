#include "media/partial_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

namespace framebridge::media {

namespace {

constexpr std::string_view suffix = ".partial";
constexpr int readable_by_all = 0666;  // The umask takes its part.

std::error_code last_error() {
    return {errno, std::generic_category()};
}

/// Whether the open file is still the one that `path` names.
bool has_name(int fd, const std::filesystem::path& path) {
    struct stat opened{};
    struct stat named{};
    return fstat(fd, &opened) == 0 && lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

}  // namespace

std::filesystem::path PartialFile::partial_path(const std::filesystem::path& target) {
    return target.parent_path() / ("." + target.filename().string() + std::string(suffix));
}

bool PartialFile::is_partial(const std::filesystem::path& path) {
    const auto name = path.filename().string();
    return name.size() > suffix.size() + 1 && name.front() == '.' && name.ends_with(suffix);
}

tl::expected<PartialFile, std::error_code> PartialFile::create(std::filesystem::path target) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(target, ignored))) {
        return tl::unexpected(std::make_error_code(std::errc::file_exists));
    }
    auto partial = partial_path(target);
    runtime::UniqueFd fd(
        open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, readable_by_all));
    if (!fd) {
        return tl::unexpected(last_error());
    }
    // Another process may have taken the new, still empty file for one that was left behind.
    if (flock(fd.get(), LOCK_EX) != 0) {
        return tl::unexpected(last_error());
    }
    if (!has_name(fd.get(), partial)) {
        return tl::unexpected(std::make_error_code(std::errc::file_exists));
    }
    return PartialFile(std::move(fd), std::move(target), std::move(partial));
}

tl::expected<PartialFile, std::error_code> PartialFile::adopt(const std::filesystem::path& partial) {
    runtime::UniqueFd fd(open(partial.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) {
        return tl::unexpected(last_error());
    }
    struct stat status{};
    if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return tl::unexpected(std::make_error_code(std::errc::invalid_argument));
    }
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !has_name(fd.get(), partial)) {
        return tl::unexpected(std::make_error_code(std::errc::device_or_resource_busy));
    }
    const auto name = partial.filename().string();
    auto target = partial.parent_path() / name.substr(1, name.size() - 1 - suffix.size());
    return PartialFile(std::move(fd), std::move(target), partial);
}

PartialFile::~PartialFile() {
    struct stat status{};
    if (fd_ && fstat(fd_.get(), &status) == 0 && status.st_size == 0) {
        discard();
    }
}

void PartialFile::discard() {
    std::error_code ignored;
    if (fd_) {
        std::filesystem::remove(partial_, ignored);
        fd_.reset();
    }
}

std::error_code PartialFile::publish() {
    if (renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
        // Some network file systems cannot rename without replacing.
        if (errno != EINVAL && errno != ENOSYS) {
            return last_error();
        }
        std::error_code error;
        if (std::filesystem::exists(std::filesystem::symlink_status(target_, error))) {
            return std::make_error_code(std::errc::file_exists);
        }
        std::filesystem::rename(partial_, target_, error);
        if (error) {
            return error;
        }
    }
    fd_.reset();
    return sync_folder(target_.parent_path());
}

std::error_code sync_folder(const std::filesystem::path& folder) {
    const runtime::UniqueFd fd(
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // EINVAL: a file system that has nothing to be synced here.
    if (!fd || (fsync(fd.get()) != 0 && errno != EINVAL)) {
        return last_error();
    }
    return {};
}

}  // namespace framebridge::media
