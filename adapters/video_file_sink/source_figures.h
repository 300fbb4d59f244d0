#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "framebridge/protocol/messages.h"

namespace framebridge::video_sink {

/// A moment by both clocks: one to measure with, one to compare frames' times with.
struct Moment {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point utc;

    static Moment now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }
};

/// How many frames came in each of the last whole seconds.
class FrameRate {
  public:
    using Clock = std::chrono::steady_clock;

    void count(Clock::time_point now);
    /// Of the last five whole seconds, or of as many as there were.
    [[nodiscard]] double per_second(Clock::time_point now) const;

  private:
    static constexpr std::int64_t window = 5;

    std::array<std::uint32_t, window + 1> counts_{};  ///< By second, modulo the size.
    std::optional<std::int64_t> first_;               ///< The second of the first frame.
    std::int64_t last_ = 0;                           ///< The second of the last one.
};

/// What a source's frames say of its way here.
struct SourceFigures {
    double fps = 0;
    std::optional<double> delay_seconds;  ///< Of the newest frame: from its creation until it came.
    std::optional<double> lag_seconds;    ///< How old the newest frame is now; grows when none comes.
    std::uint64_t frames = 0;
    std::uint64_t holes = 0;  ///< Frames that never came, by the sequence numbers.
    bool ended = false;       ///< The last thing that came was an end of stream.
};

class SourceWatch {
  public:
    /// A frame that did not come before.
    void on_frame(const protocol::VideoFrame& frame, Moment now);
    void on_end_of_stream();
    [[nodiscard]] SourceFigures figures(Moment now) const;
    [[nodiscard]] std::chrono::steady_clock::time_point last_frame() const { return last_frame_; }

  private:
    FrameRate rate_;
    std::optional<std::uint64_t> next_number_;  ///< None at the begin of a stream.
    std::chrono::steady_clock::time_point last_frame_;
    std::optional<std::chrono::nanoseconds> newest_creation_;  ///< Since the Unix epoch.
    std::optional<std::chrono::nanoseconds> delay_;
    std::uint64_t frames_ = 0;
    std::uint64_t holes_ = 0;
    bool ended_ = false;
};

}  // namespace framebridge::video_sink
