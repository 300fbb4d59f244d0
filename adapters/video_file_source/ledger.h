#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "runtime/unique_fd.h"
#include "video_file_source/folder_watch.h"

namespace framebridge::video_source {

/// Which files of a watched folder were sent, for good: a line of JSON for each, on the disk before it
/// counts. Files are named as seen from the ledger's folder, so that both can be moved.
class Ledger {
  public:
    /// Makes the file if there is none, and locks it. Throws runtime::Failure if that fails, or another
    /// process has it.
    explicit Ledger(const std::filesystem::path& path);

    [[nodiscard]] bool has(const FileState& file) const { return entries_.contains(relative(file)); }
    /// `outcome`: what became of it, for people. What cannot be written is said in the log.
    void add(const FileState& file, const std::string& outcome);

  private:
    [[nodiscard]] FileState relative(const FileState& file) const;
    void read();

    std::filesystem::path path_;
    runtime::UniqueFd fd_;
    std::set<FileState> entries_;
};

}  // namespace framebridge::video_source
