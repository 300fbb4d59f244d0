#pragma once

#include <filesystem>
#include <system_error>

namespace framebridge::media {

/// A file that has its name only when it is complete: it is written as `.NAME.partial` beside it. If it is
/// not published, the partial file is removed.
class PartialFile {
  public:
    explicit PartialFile(std::filesystem::path target);
    ~PartialFile();
    PartialFile(PartialFile&&) = delete;
    PartialFile& operator=(PartialFile&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return partial_; }
    [[nodiscard]] const std::filesystem::path& target() const { return target_; }
    /// Gives the file its name; never replaces another one: that is the error file_exists, after which
    /// another target can be tried with rename_target().
    [[nodiscard]] std::error_code publish();
    void rename_target(std::filesystem::path target) { target_ = std::move(target); }

  private:
    std::filesystem::path target_;
    std::filesystem::path partial_;
    bool published_ = false;
};

}  // namespace framebridge::media
