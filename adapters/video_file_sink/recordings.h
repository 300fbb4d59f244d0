#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "video_file_sink/recording.h"

namespace framebridge::video_sink {

/// All sources' recordings: as many are open at the same time as the process has descriptors for.
class Recordings {
  public:
    using Clock = Recording::Clock;
    using Failure = std::function<void(const std::string&)>;

    /// `on_failure` is told of what fails on its own account, not by a call's error.
    Recordings(const RecordingConfig& config, std::size_t max_open_files, Failure on_failure);

    /// See Recording. Throws MediaError.
    FrameOutcome write(const protocol::VideoFrame& frame, std::string_view bytes,
                       std::string_view metadata = {});
    void miss(const protocol::VideoFrame& frame) { recording_of(frame.source_id).miss(frame); }
    void pass(std::string_view source_id, std::uint64_t sequence_number);
    std::optional<StreamFailure> end_stream(std::string_view source_id);
    /// What is due: brings into the files what waits for long, closes those that nothing comes for.
    void tend();
    /// When tend() is to be called.
    [[nodiscard]] Clock::time_point due() const { return due_; }
    /// Completes all files, and makes them seekable as far as `deadline` lets it.
    void end_all(Clock::time_point deadline);

    /// Of all sources; open files are not counted.
    [[nodiscard]] RecordingCounts counts() const;

  private:
    Recording& recording_of(std::string_view source_id);
    void note(const Recording& recording, bool was_open);
    bool close_longest_idle(const Recording& except);
    void end(Recording& recording, FileEnd reason);
    void forget_idle_sources();
    [[nodiscard]] Clock::time_point due_of(const Recording& recording) const;

    RecordingConfig config_;
    std::size_t max_open_files_;
    Failure on_failure_;
    SeekableRewriter rewriter_;
    std::map<std::string, Recording, std::less<>> recordings_;
    std::size_t open_files_ = 0;
    RecordingCounts forgotten_;
    Clock::time_point due_ = Clock::time_point::max();
};

/// Raises the soft limit of descriptors to the hard one, and returns for how many files there is room.
std::size_t raise_descriptor_limit();

}  // namespace framebridge::video_sink
