#include "media/partial_file.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>

namespace framebridge::media {

PartialFile::PartialFile(std::filesystem::path target)
    : target_(std::move(target)),
      partial_(target_.parent_path() / ("." + target_.filename().string() + ".partial")) {}

PartialFile::~PartialFile() {
    std::error_code ignored;
    if (!published_) {
        std::filesystem::remove(partial_, ignored);
    }
}

std::error_code PartialFile::publish() {
    if (renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0) {
        published_ = true;
        return {};
    }
    // Some network file systems cannot rename without replacing.
    if (errno != EINVAL && errno != ENOSYS) {
        return {errno, std::generic_category()};
    }
    if (std::filesystem::exists(target_)) {
        return std::make_error_code(std::errc::file_exists);
    }
    std::error_code error;
    std::filesystem::rename(partial_, target_, error);
    published_ = !error;
    return error;
}

}  // namespace framebridge::media
