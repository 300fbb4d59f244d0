#include "video_file_source/folder_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <tuple>

#include "runtime/failure.h"

namespace framebridge::video_source {

namespace {

using namespace std::chrono_literals;

constexpr auto without_events = 10s;

std::optional<FileState> state_of(const std::filesystem::path& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    constexpr std::int64_t second = 1'000'000'000;
    return FileState{path, static_cast<std::uintmax_t>(status.st_size),
                     status.st_mtim.tv_sec * second + status.st_mtim.tv_nsec};
}

/// Whether some process of this machine has the file open for writing; false where that cannot be known.
bool is_being_written(const std::filesystem::path& path) {
    const runtime::UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    // Only who reads alone is granted a lease.
    if (!fd || fcntl(fd.get(), F_SETLEASE, F_RDLCK) != 0) {
        return fd && errno == EAGAIN;
    }
    (void)fcntl(fd.get(), F_SETLEASE, F_UNLCK);
    return false;
}

}  // namespace

FolderWatch::FolderWatch(const std::string& location, std::chrono::milliseconds settling)
    : folder_(location), settling_(settling), inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder_, error)) {
        pattern_ = folder_.filename().string();
        folder_ = folder_.has_parent_path() ? folder_.parent_path() : ".";
    }
    if (!inotify_ ||
        inotify_add_watch(inotify_.get(), folder_.c_str(),
                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB | IN_ONLYDIR) < 0) {
        throw runtime::Failure(runtime::FailureKind::system,
                               fmt::format("--watch: {} cannot be watched: {}", folder_.string(),
                                           std::generic_category().message(errno)));
    }
    // Somebody may open a file for writing in the moment in which we hold a lease.
    std::signal(SIGIO, SIG_IGN);
}

void FolderWatch::add_to(runtime::PollSet& poll_set) const {
    poll_set.add_fd(inotify_.get(), runtime::PollEvents::readable);
    poll_set.wake_at(due_);
}

// What an event says does not matter: the folder is looked through.
bool FolderWatch::has_events() const {
    bool any = false;
    std::array<char, 4096> events{};
    while (read(inotify_.get(), events.data(), events.size()) > 0) {
        any = true;
    }
    return any;
}

std::vector<FileState> FolderWatch::take_complete() {
    const auto now = Clock::now();
    if (!has_events() && now < due_) {
        return {};
    }
    look_through(now);
    due_ = now + without_events;
    std::vector<FileState> complete;
    for (auto& [path, seen] : seen_) {
        if (seen.taken) {
            continue;
        }
        if (now < seen.since + settling_) {
            due_ = std::min(due_, seen.since + settling_);
        } else if (is_being_written(path)) {
            due_ = std::min(due_, now + settling_);
        } else {
            seen.taken = true;
            complete.push_back(seen.state);
        }
    }
    std::sort(complete.begin(), complete.end(), [](const FileState& left, const FileState& right) {
        return std::tie(left.modified_ns, left.path) < std::tie(right.modified_ns, right.path);
    });
    return complete;
}

void FolderWatch::look_through(Clock::time_point now) {
    std::map<std::filesystem::path, Seen> found;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder_, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const auto name = entry->path().filename().string();
        if (name.starts_with('.') ||
            (!pattern_.empty() && fnmatch(pattern_.c_str(), name.c_str(), FNM_PERIOD) != 0)) {
            continue;
        }
        const auto state = state_of(entry->path());
        if (!state) {
            continue;
        }
        const auto before = seen_.find(state->path);
        const bool same = before != seen_.end() && before->second.state == *state;
        found.emplace(state->path, same ? before->second : Seen{*state, now});
    }
    // A folder that cannot be read now is not an empty one.
    if (!error) {
        seen_ = std::move(found);
    }
}

}  // namespace framebridge::video_source
