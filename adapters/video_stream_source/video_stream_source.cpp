#include "video_stream_source/video_stream_source.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "runtime/text.h"
#include "video_stream_source/config.h"

namespace framebridge::stream_source {

VideoStreamSource::VideoStreamSource(const VideoStreamSourceConfig& config, OpenCamera open,
                                     zmq::Sender& sender)
    : name_(config.stream.source_id),
      shutdown_timeout_(config.shutdown_timeout),
      sender_(sender),
      queue_(std::make_shared<FrameQueue>(config.queue)),
      messages_(config.stream),
      feed_(config.feed, std::move(open), queue_) {}

bool VideoStreamSource::run(runtime::StopSignal& stop, const Hooks& hooks) {
    periodic_.set([&hooks, this] {
        take_refusals();
        if (hooks.turn) {
            hooks.turn();
        }
    });
    while (!stop.requested()) {
        sender_.advance();
        if (!send_next(hooks)) {
            wait(&stop, Clock::time_point::max());
        }
        periodic_.run_if_due();
    }
    const auto deadline = Clock::now() + shutdown_timeout_;
    finish(hooks, Clock::now() + shutdown_timeout_ / 2);
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const bool delivered = sender_.flush_and_close(std::max(left, milliseconds(0)));
    take_refusals();
    return delivered && messages_.next() == nullptr && queue_->size() == 0;
}

bool VideoStreamSource::fill() {
    while (messages_.next() == nullptr) {
        auto item = queue_->pop();
        if (!item) {
            return false;
        }
        messages_.push(*std::move(item));
    }
    return true;
}

// Returns whether a message was sent.
bool VideoStreamSource::send_next(const Hooks& hooks) {
    refused_ = false;
    if (!fill()) {
        last_taken_ = Clock::now();
        return false;
    }
    auto& next = *messages_.next();
    const bool ends_stream = next.message.end_of_stream;
    if (!sender_.try_send(next.message)) {
        refused_ = true;
        return false;
    }
    last_taken_ = Clock::now();
    if (ends_stream) {
        ++streams_;
    } else {
        ++frames_;
        bytes_ += next.bytes;
        hooks.frame_sent(std::chrono::system_clock::now() - next.arrival);
    }
    messages_.sent();
    return true;
}

void VideoStreamSource::wait(const runtime::StopSignal* stop, Clock::time_point until) {
    if (stop != nullptr) {
        stop->add_to(poll_set_);
    }
    sender_.add_to(poll_set_);
    if (!refused_) {
        queue_->add_to(poll_set_);
    }
    if (until != Clock::time_point::max()) {
        poll_set_.wake_at(until);
    }
    periodic_.add_to(poll_set_);
    poll_set_.wait();
}

void VideoStreamSource::finish(const Hooks& hooks, Clock::time_point deadline) {
    using std::chrono::milliseconds;
    feed_.stop(std::chrono::duration_cast<milliseconds>(shutdown_timeout_ / 4));
    for (;;) {
        sender_.advance();
        if (send_next(hooks)) {
            continue;
        }
        if (!refused_) {
            return;
        }
        if (Clock::now() >= deadline) {
            spdlog::warn(
                "{}: {} frames and the end of stream could not be sent: the peer takes no more messages",
                name_, queue_->size() + (messages_.next()->message.end_of_stream ? 0 : 1));
            return;
        }
        wait(nullptr, deadline);
        periodic_.run_if_due();
    }
}

void VideoStreamSource::take_refusals() {
    for (const auto& refusal : sender_.take_refusals()) {
        ++refusals_;
        spdlog::error("{}: the peer refused what was sent: {}", name_,
                      refusal.details.reason.empty() ? "it does not say why"
                                                     : runtime::printable(refusal.details.reason));
    }
}

VideoStreamSourceReport VideoStreamSource::report() const {
    return {.frames = frames_,
            .bytes = bytes_,
            .streams = streams_,
            .camera = feed_.status(),
            .left_out = queue_->counts(),
            .clock_jumps = messages_.clock_jumps(),
            .waiting = queue_->size(),
            .refused = refusals_};
}

VideoStreamSource::Clock::duration VideoStreamSource::refused_for() const {
    return refused_ ? Clock::now() - last_taken_ : Clock::duration(0);
}

}  // namespace framebridge::stream_source
