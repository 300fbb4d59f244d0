#include "video_stream_source/stream_messages.h"

#include <utility>

namespace framebridge::stream_source {

namespace {

bool looks_the_same(const media::VideoStream& one, const media::VideoStream& other) {
    return one.codec == other.codec && one.width == other.width && one.height == other.height;
}

std::int64_t nanoseconds_since_epoch(StreamClock::Arrival time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

void StreamMessages::push(FrameQueue::Item item) {
    if (item) {
        push_frame(*std::move(item));
    } else if (sequence_number_ > 0) {
        end_stream();
    }
}

void StreamMessages::push_frame(CameraFrame frame) {
    auto& [packet, video, arrival] = frame;
    if (config_.end_of_stream_on_change && sequence_number_ > 0 && packet.keyframe &&
        !looks_the_same(*video, *video_)) {
        end_stream();
    }
    video_ = video;
    clock_.place(packet, video->time_base, arrival);
    auto content = make_video_frame(config_.source_id, *video, packet);
    content.sequence_number = ++sequence_number_;
    content.creation_time_ns = nanoseconds_since_epoch(arrival);
    const auto bytes = packet.bytes.size();
    messages_.push_back(
        {make_frame_message(config_.messages, std::move(content), std::move(packet)), bytes, arrival});
}

void StreamMessages::end_stream() {
    messages_.push_back(
        {make_end_of_stream_message(config_.messages, {config_.source_id, ++sequence_number_}), 0, {}});
    sequence_number_ = 0;
    clock_.restart();
}

}  // namespace framebridge::stream_source
