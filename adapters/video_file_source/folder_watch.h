#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/poll_set.h"
#include "runtime/unique_fd.h"

namespace framebridge::video_source {

/// A file as it was when it was seen: one that has changed since is another one.
struct FileState {
    std::filesystem::path path;
    std::uintmax_t size = 0;
    std::int64_t modified_ns = 0;
    auto operator<=>(const FileState&) const = default;
};

/// Files that come into a folder, each once, when it is complete: nobody has it open for writing, and it has
/// not changed for the settling time. inotify says when to look; where it does not (network file systems) the
/// folder is looked through each ten seconds.
class FolderWatch {
  public:
    using Clock = std::chrono::steady_clock;

    /// `location`: a folder, or a pattern of names in one. Throws runtime::Failure if it cannot be watched.
    FolderWatch(const std::string& location, std::chrono::milliseconds settling);

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    void add_to(runtime::PollSet& poll_set) const;
    /// The files that are complete since the last call, in the order of their times of change.
    std::vector<FileState> take_complete();

  private:
    struct Seen {
        FileState state;
        Clock::time_point since;  ///< As it is now.
        bool taken = false;
    };
    [[nodiscard]] bool has_events() const;
    void look_through(Clock::time_point now);

    std::filesystem::path folder_;
    std::string pattern_;
    std::chrono::milliseconds settling_;
    runtime::UniqueFd inotify_;
    std::map<std::filesystem::path, Seen> seen_;
    Clock::time_point due_ = Clock::time_point::min();
};

}  // namespace framebridge::video_source
