#include "video_file_sink/source_figures.h"

#include <algorithm>

namespace framebridge::video_sink {

namespace {

std::int64_t second_of(FrameRate::Clock::time_point time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

void FrameRate::count(Clock::time_point now) {
    const auto second = second_of(now);
    const auto size = static_cast<std::int64_t>(counts_.size());
    if (!first_) {
        first_ = second;
        last_ = second;
    }
    for (auto skipped = std::max(last_ + 1, second - size + 1); skipped <= second; ++skipped) {
        counts_[static_cast<std::size_t>(skipped % size)] = 0;
    }
    last_ = std::max(last_, second);
    ++counts_[static_cast<std::size_t>(last_ % size)];
}

double FrameRate::per_second(Clock::time_point now) const {
    if (!first_) {
        return 0;
    }
    const auto current = second_of(now);
    const auto size = static_cast<std::int64_t>(counts_.size());
    // The first second was not a whole one.
    const auto begin = std::max(*first_ + 1, current - window);
    std::uint64_t frames = 0;
    for (auto second = std::max(begin, last_ - size + 1); second < current && second <= last_; ++second) {
        frames += counts_[static_cast<std::size_t>(second % size)];
    }
    return begin < current ? static_cast<double>(frames) / static_cast<double>(current - begin) : 0;
}

void SourceWatch::on_frame(const protocol::VideoFrame& frame, Moment now) {
    ++frames_;
    ended_ = false;
    rate_.count(now.steady);
    last_frame_ = now.steady;
    // A lower number is a sender that was started again.
    if (next_number_ && frame.sequence_number > *next_number_) {
        holes_ += frame.sequence_number - *next_number_;
    }
    next_number_ = frame.sequence_number + 1;
    if (frame.creation_time_ns > 0) {
        const std::chrono::nanoseconds creation(frame.creation_time_ns);
        delay_ = now.utc.time_since_epoch() - creation;
        newest_creation_ = creation;
    }
}

void SourceWatch::on_end_of_stream() {
    ended_ = true;
    next_number_.reset();
}

SourceFigures SourceWatch::figures(Moment now) const {
    SourceFigures figures{.fps = rate_.per_second(now.steady),
                          .delay_seconds = std::nullopt,
                          .lag_seconds = std::nullopt,
                          .frames = frames_,
                          .holes = holes_,
                          .ended = ended_};
    if (delay_) {
        figures.delay_seconds = seconds(*delay_);
    }
    if (newest_creation_ && !ended_) {
        figures.lag_seconds = seconds(now.utc.time_since_epoch() - *newest_creation_);
    }
    return figures;
}

}  // namespace framebridge::video_sink
