#include "video_stream_source/stream_clock.h"

#include <algorithm>

namespace framebridge::stream_source {

namespace {

using std::chrono::nanoseconds;

/// How far the camera's clock may be ahead of the time that has passed: servers send some seconds of the past
/// first.
constexpr auto max_ahead = std::chrono::seconds(10);
/// How far a frame's time may be before the one before it: without a dts, frames come in another order than
/// they are shown in.
constexpr auto max_behind = std::chrono::seconds(1);
/// Longer than any codec reorders frames, and than a frame lasts that says so.
constexpr auto max_reordering = std::chrono::seconds(60);

/// Longer than any stream: sums of such times and of Unix times do not overflow in any unit down to 1 ns.
constexpr std::int64_t max_time = INT64_C(1) << 61;

std::int64_t to_ticks(nanoseconds time, protocol::TimeBase time_base) {
    return media::rescale_up(time.count(), {1, nanoseconds::period::den}, time_base);
}

bool is_sane(std::int64_t time) {
    return time > -max_time && time < max_time;
}

}  // namespace

std::int64_t StreamClock::now(protocol::TimeBase time_base, Arrival arrival) const {
    return to_ticks(mode_ == PtsMode::absolute ? nanoseconds(arrival.time_since_epoch()) : arrival - *origin_,
                    time_base);
}

bool StreamClock::jumps_at(std::int64_t time, protocol::TimeBase time_base, Arrival arrival) const {
    const auto passed = to_ticks(arrival - first_arrival_, time_base);
    return time - first_time_ > passed + to_ticks(max_ahead, time_base) ||
           time < last_time_ - to_ticks(max_behind, time_base);
}

void StreamClock::begin(std::int64_t time, protocol::TimeBase time_base, Arrival arrival) {
    auto start = now(time_base, arrival);
    // Unix time is what the clock says, also where it was set back between two streams.
    if (mode_ == PtsMode::continuing || shift_) {
        start = std::max(start, media::rescale_up(end_, end_unit_, time_base));
    }
    end_ = start;
    end_unit_ = time_base;
    shift_ = start - time;
    first_time_ = last_time_ = time;
    first_arrival_ = arrival;
}

void StreamClock::place(media::VideoPacket& packet, protocol::TimeBase time_base, Arrival arrival) {
    if (packet.dts && !is_sane(*packet.dts)) {
        packet.dts.reset();
    }
    if (!is_sane(packet.pts)) {
        packet.pts = packet.dts.value_or(last_time_);
    }
    if (packet.dts &&
        (*packet.dts > packet.pts || packet.pts - *packet.dts > to_ticks(max_reordering, time_base))) {
        packet.dts.reset();
    }
    if (packet.duration.value_or(0) > to_ticks(max_reordering, time_base)) {
        packet.duration.reset();
    }
    const auto time = packet.dts.value_or(packet.pts);
    if (!origin_) {
        origin_ = arrival;
    }
    if (!shift_) {
        last_dts_.reset();
        begin(time, time_base, arrival);
    } else if (time_base != end_unit_) {
        begin(time, time_base, arrival);
    } else if (jumps_at(time, time_base, arrival)) {
        ++jumps_;
        begin(time, time_base, arrival);
    }
    last_time_ = time;
    packet.pts += *shift_;
    if (packet.dts) {
        *packet.dts += *shift_;
        if (last_dts_ && *packet.dts <= *last_dts_) {
            packet.dts.reset();
        } else {
            last_dts_ = packet.dts;
        }
    }
    end_ = std::max(end_, packet.pts + std::max<std::int64_t>(packet.duration.value_or(1), 1));
}

}  // namespace framebridge::stream_source
