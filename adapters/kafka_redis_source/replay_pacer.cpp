#include "kafka_redis_source/replay_pacer.h"

#include <algorithm>
#include <cmath>

namespace framebridge::source {

namespace {

// A dts that moves away from the creation time by more than this, or back, is of another stream.
constexpr double max_drift_seconds = 10;

}  // namespace

ReplayPacer::Clock::time_point ReplayPacer::due(const ReplayedMessage& message,
                                                std::chrono::milliseconds timestamp, Clock::time_point now) {
    if (!pace_.limited()) {
        return now;
    }
    const auto recorded = message.creation_time.count() > 0
                              ? std::chrono::duration<double>(message.creation_time).count()
                              : std::chrono::duration<double>(timestamp).count();
    if (!start_) {
        start_ = now;
        recorded_start_ = recorded;
    }
    auto& last = last_due_.try_emplace(message.source_id, *start_).first->second;
    if (!message.is_frame) {
        // In its place between the frames; what follows an end of stream is another stream.
        if (message.end_of_stream) {
            anchors_.erase(message.source_id);
        }
        return last;
    }
    auto [found, is_new] =
        anchors_.try_emplace(message.source_id, Anchor{recorded, message.seconds, message.seconds});
    auto& anchor = found->second;
    const auto expected = anchor.recorded + (message.seconds - anchor.dts);
    if (!is_new && (message.seconds < anchor.last_dts || std::abs(expected - recorded) > max_drift_seconds)) {
        anchor = {recorded, message.seconds, message.seconds};
    }
    anchor.last_dts = message.seconds;
    const auto moment = anchor.recorded + (message.seconds - anchor.dts) - recorded_start_;
    const auto wait = std::chrono::duration<double>(std::max(0.0, moment) / pace_.speed);
    last = std::max(last, *start_ + std::chrono::duration_cast<Clock::duration>(wait));
    return last;
}

}  // namespace framebridge::source
