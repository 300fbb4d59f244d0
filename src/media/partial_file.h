#pragma once

#include <filesystem>
#include <system_error>
#include <tl/expected.hpp>

#include "runtime/unique_fd.h"

namespace framebridge::media {

/// A file that gets its name when it is complete. Until then it is `.NAME.partial` beside it: made
/// exclusively, never through a link, and locked (flock) for as long as its process lives, so that others can
/// tell it from what a dead process left behind.
///
/// What is neither published nor discarded stays as it is, for a later adopt(); an empty file does not.
class PartialFile {
  public:
    /// Makes the file, open for reading and writing. The error file_exists: the target, or a partial file of
    /// it, is there.
    static tl::expected<PartialFile, std::error_code> create(std::filesystem::path target);
    /// Takes over what a dead process left at `partial`, a path as partial_path() makes it. The error
    /// device_or_resource_busy: its process lives.
    static tl::expected<PartialFile, std::error_code> adopt(const std::filesystem::path& partial);

    PartialFile(PartialFile&&) noexcept = default;
    PartialFile& operator=(PartialFile&&) = delete;
    ~PartialFile();

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const std::filesystem::path& path() const { return partial_; }
    [[nodiscard]] const std::filesystem::path& target() const { return target_; }
    /// Gives the file its name, for good also after a power cut; never replaces another one: that is the
    /// error file_exists, after which another target can be tried with rename_target().
    [[nodiscard]] std::error_code publish();
    void rename_target(std::filesystem::path target) { target_ = std::move(target); }
    /// Removes the file.
    void discard();

    static std::filesystem::path partial_path(const std::filesystem::path& target);
    /// Whether a file of that name can be a partial one.
    static bool is_partial(const std::filesystem::path& path);

  private:
    PartialFile(runtime::UniqueFd fd, std::filesystem::path target, std::filesystem::path partial)
        : fd_(std::move(fd)), target_(std::move(target)), partial_(std::move(partial)) {}

    runtime::UniqueFd fd_;  ///< None: published, discarded or moved from.
    std::filesystem::path target_;
    std::filesystem::path partial_;
};

/// Brings a folder's entries to the disk.
std::error_code sync_folder(const std::filesystem::path& folder);

}  // namespace framebridge::media
