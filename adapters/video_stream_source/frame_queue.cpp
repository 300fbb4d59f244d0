#include "video_stream_source/frame_queue.h"

#include <utility>

namespace framebridge::stream_source {

bool FrameQueue::has_room(std::size_t bytes) const {
    return frames_ == 0 || (frames_ < limits_.frames && bytes_ + bytes <= limits_.bytes);
}

bool FrameQueue::push(CameraFrame frame, const std::stop_token& stop) {
    const auto bytes = frame.packet.bytes.size();
    std::unique_lock lock(mutex_);
    if (closed_) {
        return false;
    }
    if (awaits_keyframe_ && !frame.packet.keyframe) {
        ++(stream_begun_ ? counts_.slow : counts_.before_keyframe);
        return false;
    }
    if (limits_.when_slow == WhenSlow::block) {
        room_.wait(lock, stop, [&] { return closed_ || has_room(bytes); });
    }
    if (closed_ || stop.stop_requested()) {
        return false;
    }
    if (!has_room(bytes)) {
        ++counts_.slow;
        awaits_keyframe_ = true;
        return false;
    }
    items_.emplace_back(std::move(frame));
    ++frames_;
    bytes_ += bytes;
    stream_begun_ = true;
    awaits_keyframe_ = false;
    wake_.wake();
    return true;
}

void FrameQueue::end_stream() {
    const std::lock_guard lock(mutex_);
    end_stream_locked();
}

void FrameQueue::end_stream_locked() {
    awaits_keyframe_ = true;
    if (stream_begun_) {
        stream_begun_ = false;
        items_.emplace_back(std::nullopt);
        wake_.wake();
    }
}

void FrameQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        end_stream_locked();
        closed_ = true;
    }
    room_.notify_all();
}

std::optional<FrameQueue::Item> FrameQueue::pop() {
    std::optional<Item> item;
    {
        const std::lock_guard lock(mutex_);
        wake_.clear();
        if (items_.empty()) {
            return std::nullopt;
        }
        item = std::move(items_.front());
        items_.pop_front();
        if (const auto& frame = *item) {
            --frames_;
            bytes_ -= frame->packet.bytes.size();
        }
        if (!items_.empty()) {
            wake_.wake();
        }
    }
    room_.notify_all();
    return item;
}

FrameQueue::Counts FrameQueue::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

std::size_t FrameQueue::size() const {
    const std::lock_guard lock(mutex_);
    return frames_;
}

}  // namespace framebridge::stream_source
