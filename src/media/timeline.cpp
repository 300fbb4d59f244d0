#include "media/timeline.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "media/time_scale.h"

namespace framebridge::media {

namespace {

/// H.264 and HEVC reorder no more than 16 frames: by then the order of the first ones is known.
constexpr std::size_t max_leading = 17;
/// Frames before a cut that are waited for: more than a group of pictures has.
constexpr std::size_t max_hidden = 512;

/// How many packets come before one that is shown earlier, at most.
int observed_depth(const std::deque<AvPacket>& packets) {
    int depth = 0;
    for (auto packet = packets.begin(); packet != packets.end(); ++packet) {
        const auto later = std::count_if(
            packets.begin(), packet, [&](const AvPacket& earlier) { return earlier->pts > (*packet)->pts; });
        depth = std::max(depth, static_cast<int>(later));
    }
    return depth;
}

}  // namespace

void Timeline::push(AvPacket packet) {
    if (begun_) {
        return place(std::move(packet));
    }
    leading_.push_back(std::move(packet));
    if (knows_start()) {
        begin();
    }
}

// Nothing that comes later is shown before its dts.
bool Timeline::knows_start() const {
    const auto shown = shown_leading();
    const auto& last = *leading_.back();
    return shown.frames >= max_leading || leading_.size() >= max_hidden ||
           (shown.first && last.dts != AV_NOPTS_VALUE && last.dts >= *shown.first);
}

Timeline::Shown Timeline::shown_leading() const {
    Shown shown;
    for (const auto& packet : leading_) {
        if ((packet->flags & hidden_flag) == 0) {
            ++shown.frames;
            shown.first = std::min(shown.first.value_or(packet->pts), packet->pts);
        }
    }
    return shown;
}

void Timeline::begin() {
    begun_ = true;
    has_dts_ = leading_.front()->dts != AV_NOPTS_VALUE;
    first_time_ = leading_.front()->pts;
    for (const auto& packet : leading_) {
        first_time_ = std::min(first_time_, packet->pts);
    }
    const auto start = shown_leading().first.value_or(leading_.front()->pts);
    origin_ = config_.start == ClockStart::zero ? start : std::min<std::int64_t>(start, 0);
    begin_delay_ = std::max(config_.reorder_depth, observed_depth(leading_));
    for (auto& packet : std::exchange(leading_, {})) {
        place(std::move(packet));
    }
}

std::int64_t Timeline::to_file(std::int64_t time) const {
    return av_rescale_q(time - origin_, config_.from, config_.to) - cut_;
}

void Timeline::place(AvPacket packet) {
    const auto wanted = next_dts(*packet);
    auto dts = wanted;
    if (last_dts_) {
        dts = std::max(dts, *last_dts_ + 1);
        if (config_.durations_fill && dts - *last_dts_ > max_sample_duration) {
            cut_ += dts - *last_dts_ - max_sample_duration;
            dts = *last_dts_ + max_sample_duration;
        }
    }
    const auto pts = to_file(packet->pts);
    moved_ += dts != wanted || pts < dts ? 1 : 0;
    packet->pts = std::max(pts, dts);
    packet->dts = dts;
    last_dts_ = dts;
    packet->duration = av_rescale_q(packet->duration, config_.from, config_.to);
    if (packet->duration < 0 || packet->duration > max_sample_duration) {
        packet->duration = 0;
    }
    hold(std::move(packet));
}

// In `to`. Of a stream without dts: the times that were pushed, in ascending order, each as late as the order
// of decoding needs it.
std::int64_t Timeline::next_dts(const AVPacket& packet) {
    if (packet.dts != AV_NOPTS_VALUE) {
        return to_file(packet.dts);
    }
    if (has_dts_) {
        return std::min(to_file(packet.pts), last_dts_.value_or(0) + config_.frame_duration);
    }
    undecoded_.insert(packet.pts);
    if (begin_delay_ > 0) {
        return to_file(first_time_) - config_.frame_duration * begin_delay_--;
    }
    return to_file(undecoded_.extract(undecoded_.begin()).value());
}

void Timeline::hold(AvPacket packet) {
    if (held_) {
        const auto until_next = packet->dts - held_->dts;
        last_duration_ = until_next;
        if (config_.durations_fill || held_->duration == 0) {
            held_->duration = until_next;
        }
        ready_.push_back(std::move(held_));
    }
    held_ = std::move(packet);
}

void Timeline::flush() {
    if (!begun_ && !leading_.empty()) {
        begin();
    }
    if (!held_) {
        return;
    }
    if (config_.durations_fill) {
        // The next one may come at once.
        held_->duration = 1;
    }
    ready_.push_back(std::move(held_));
}

void Timeline::finish() {
    if (!begun_ && !leading_.empty()) {
        begin();
    }
    if (!held_) {
        return;
    }
    if (held_->duration == 0) {
        held_->duration = last_duration_ > 0 ? last_duration_ : config_.frame_duration;
    }
    ready_.push_back(std::move(held_));
}

AvPacket Timeline::pop() {
    if (ready_.empty()) {
        return nullptr;
    }
    auto packet = std::move(ready_.front());
    ready_.pop_front();
    return packet;
}

}  // namespace framebridge::media
