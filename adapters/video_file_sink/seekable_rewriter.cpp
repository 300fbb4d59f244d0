#include "video_file_sink/seekable_rewriter.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "media/partial_file.h"
#include "media/seekable.h"
#include "media/video_stream.h"
#include "runtime/unique_fd.h"

namespace framebridge::video_sink {

SeekableRewriter::SeekableRewriter() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

SeekableRewriter::~SeekableRewriter() {
    finish(Clock::now());
}

std::filesystem::path SeekableRewriter::temporary_path(const std::filesystem::path& file) {
    return file.parent_path() / ("." + file.filename().string() + ".rewrite");
}

void SeekableRewriter::add(std::filesystem::path file) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(file));
    }
    changed_.notify_all();
}

void SeekableRewriter::finish(Clock::time_point deadline) {
    {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_until(lock, deadline, [this] { return waiting_.empty(); })) {
            spdlog::info("{} files stay as they were recorded: there was no time to make them seekable",
                         waiting_.size());
        }
    }
    thread_.request_stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void SeekableRewriter::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
        const auto file = waiting_.front();
        lock.unlock();
        try {
            rewrite(file, stop);
        } catch (const std::exception& error) {
            spdlog::warn("{} (it stays as it was recorded)", error.what());
        }
        lock.lock();
        if (stop.stop_requested()) {
            return;
        }
        waiting_.pop_front();
        changed_.notify_all();
    }
}

void SeekableRewriter::rewrite(const std::filesystem::path& file, const std::stop_token& stop) {
    const auto temporary = temporary_path(file);
    constexpr int readable_by_all = 0666;
    const runtime::UniqueFd fd(
        open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, readable_by_all));
    if (!fd || flock(fd.get(), LOCK_EX) != 0) {
        throw media::MediaError(temporary.string() + ": " + std::generic_category().message(errno));
    }
    const struct Cleanup {
        const std::filesystem::path& path;
        ~Cleanup() {
            std::error_code ignored;
            std::filesystem::remove(path, ignored);
        }
    } cleanup{temporary};
    struct stat before{};
    struct stat after{};
    const bool was_there = stat(file.c_str(), &before) == 0;
    if (media::rewrite_seekable(file, fd.get(), [&stop] { return stop.stop_requested(); }) ==
        media::RewriteOutcome::stopped) {
        return;
    }
    // Somebody may have moved the file, and put another one in its place.
    if (!was_there || stat(file.c_str(), &after) != 0 || before.st_ino != after.st_ino) {
        return;
    }
    std::filesystem::rename(temporary, file);
    (void)media::sync_folder(file.parent_path());
}

}  // namespace framebridge::video_sink
