#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "video_file_source/config.h"
#include "video_file_source/folder_watch.h"
#include "video_file_source/ledger.h"

namespace framebridge::video_source {

/// What became of a watched file.
enum class WatchedOutcome { sent, refused, unreadable };

/// The files of watched folders, each sent once: those of one source one after another, and so many sources
/// at the same time. A file counts as sent when its end of stream is acknowledged.
class WatchedFiles {
  public:
    /// Throws runtime::Failure.
    explicit WatchedFiles(const WatchConfig& config);

    void add_to(runtime::PollSet& poll_set) const;
    struct File {
        FileState state;
        Ledger* ledger;
    };

    /// Files that can be sent now: one of each source, at the most. played() and finish() are to be called
    /// for each.
    std::vector<SourceFiles> take();
    /// All of the source's file was handed to the socket: its next one may follow.
    File played(const std::string& source_id);
    /// Whatever the outcome is, the file is not sent again. A file that was sent is moved where the
    /// configuration says so.
    void finish(const File& file, WatchedOutcome outcome);

  private:
    struct Location {
        std::string source_id;
        FolderWatch watch;
        Ledger* ledger;
    };
    Ledger* ledger_at(const std::filesystem::path& path);
    void move(const std::filesystem::path& file) const;

    WatchConfig config_;
    std::map<std::filesystem::path, Ledger> ledgers_;  ///< Whose addresses stay.
    std::vector<Location> locations_;
    std::map<std::string, std::deque<File>> waiting_;
    std::map<std::string, File> playing_;
};

}  // namespace framebridge::video_source
