#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

namespace framebridge::video_sink {

/// Turns finished recordings into seekable ones, one after another on a thread of its own: the file is
/// replaced when the new one is on the disk. Where that is not possible the crash-safe one stays.
class SeekableRewriter {
  public:
    using Clock = std::chrono::steady_clock;

    SeekableRewriter();
    ~SeekableRewriter();
    SeekableRewriter(const SeekableRewriter&) = delete;
    SeekableRewriter& operator=(const SeekableRewriter&) = delete;

    /// A file that was written in fragments and has its name.
    void add(std::filesystem::path file);
    /// Waits until all is done, or until `deadline`; what is left then stays as it is.
    void finish(Clock::time_point deadline);

    /// The name of the new file while it is written.
    static std::filesystem::path temporary_path(const std::filesystem::path& file);

  private:
    void run(const std::stop_token& stop);
    static void rewrite(const std::filesystem::path& file, const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::filesystem::path> waiting_;  ///< The first one is under way.
    std::jthread thread_;                        ///< Last, so that it ends first.
};

}  // namespace framebridge::video_sink
