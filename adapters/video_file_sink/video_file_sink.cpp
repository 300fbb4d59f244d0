#include "video_file_sink/video_file_sink.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "metadata/message_json.h"
#include "runtime/service_manager.h"

namespace framebridge::video_sink {

namespace {

/// So many messages are taken before the loop looks at the stop signal again.
constexpr int max_per_turn = 64;

}  // namespace

VideoFileSink::VideoFileSink(const VideoFileSinkConfig& config, zmq::Receiver& receiver,
                             std::function<void()> on_frame, StreamObserver* observer)
    : config_(config),
      receiver_(receiver),
      on_frame_(std::move(on_frame)),
      observer_(observer),
      recordings_(config.recording, raise_descriptor_limit(),
                  [this](const std::string& reason) { fail(reason); }) {}

VideoFileSinkReport VideoFileSink::run(runtime::StopSignal& stop) {
    last_message_ = Clock::now();
    while (!stop.requested() && !done()) {
        wait(stop);
        receive();
        recordings_.tend();
    }
    runtime::tell_service_manager(runtime::ServiceState::stopping, "finishing the files");
    if (stop.requested()) {
        drain();
    }
    recordings_.end_all(Clock::now() + config_.shutdown_timeout / 2);
    if (seen_all_ends()) {
        let_acknowledgement_arrive(stop);
    }
    return report();
}

VideoFileSinkReport VideoFileSink::report() const {
    auto report = report_;
    report.recorded = recordings_.counts();
    return report;
}

bool VideoFileSink::done() const {
    return seen_all_ends() ||
           (config_.idle_timeout.count() > 0 && Clock::now() >= last_message_ + config_.idle_timeout);
}

bool VideoFileSink::seen_all_ends() const {
    return config_.exit_after_ends > 0 && ends_ >= config_.exit_after_ends;
}

void VideoFileSink::wait(const runtime::StopSignal& stop) {
    stop.add_to(poll_set_);
    receiver_.add_to(poll_set_);
    poll_set_.wake_at(recordings_.due());
    if (config_.idle_timeout.count() > 0) {
        poll_set_.wake_at(last_message_ + config_.idle_timeout);
    }
    periodic_.add_to(poll_set_);
    poll_set_.wait();
    periodic_.run_if_due();
}

// Returns whether there is nothing more to be received now.
bool VideoFileSink::receive() {
    for (int taken = 0; taken < max_per_turn; ++taken) {
        if (seen_all_ends()) {
            return true;
        }
        if (!receiver_.receive(message_)) {
            return true;
        }
        last_message_ = Clock::now();
        handle(message_);
    }
    return false;
}

void VideoFileSink::handle(const zmq::ReceivedMessage& message) {
    std::string reason;
    zmq::Answer answer{.envelope = &envelope_};
    if (const auto decoded = decode(config_.format, message.body.to_string_view(), envelope_); !decoded) {
        reason = decoded.error().to_string();
        pass_over("cannot be read: " + reason);
        answer.envelope = nullptr;
    } else if (envelope_.kind == protocol::MessageKind::video_frame) {
        reason = write_frame(envelope_, message);
    } else if (envelope_.kind == protocol::MessageKind::end_of_stream) {
        note_number();
        if (const auto failure = end_stream(envelope_.source_id)) {
            reason = failure->reason;
            spdlog::error("{}: its end of stream is not acknowledged: {}", envelope_.source_id, reason);
            // Savant's writers know no other answer than OK.
            if (envelope_.format == protocol::Format::savant &&
                config_.receiver.endpoint.type == zmq::SocketType::router) {
                return;
            }
        }
    } else if (envelope_.kind == protocol::MessageKind::video_frame_batch) {
        pass_over("is a batch of frames, which has no place in a file");
    } else {
        note_number();
        spdlog::debug("skipped a message: {}", to_string(envelope_.kind));
    }
    if (!reason.empty()) {
        answer.outcome = zmq::Answer::Outcome::refused;
        answer.reason = reason;
    }
    receiver_.acknowledge(message, answer);
}

// Returns why the frame is not kept; empty: nothing stands against it.
std::string VideoFileSink::write_frame(const protocol::Envelope& envelope,
                                       const zmq::ReceivedMessage& message) {
    const auto decoded = decode_video_frame(envelope);
    if (!decoded) {
        pass_over("cannot be read: " + decoded.error().to_string());
        return decoded.error().to_string();
    }
    const auto& frame = *decoded;
    const auto bytes = content_bytes(frame.content, message);
    if (bytes.empty()) {
        pass_over(fmt::format("is a frame of {} without its bytes: they are neither in it nor attached to it",
                              frame.source_id));
        recordings_.miss(frame);
        return "the frame's bytes are neither in the message nor attached to it";
    }
    try {
        const auto outcome = recordings_.write(frame, bytes, metadata_of(envelope, bytes.size()));
        count(outcome, frame);
        show(outcome, frame, bytes);
    } catch (const std::exception& error) {
        // Whatever a message does, it must not end the process.
        fail(error.what());
        return error.what();
    }
    return {};
}

// The line of the metadata file; empty: none is wanted.
std::string VideoFileSink::metadata_of(const protocol::Envelope& envelope, std::size_t size) const {
    if (!config_.recording.writes_metadata()) {
        return {};
    }
    auto json = metadata::message_json(envelope, metadata::BytesAs::base64);
    json["content"]["size"] = size;
    return metadata::to_line(json);
}

void VideoFileSink::note_number() {
    if (envelope_.sequence_number) {
        recordings_.pass(envelope_.source_id, *envelope_.sequence_number);
    }
}

// Returns why not all of the stream is safe in files; nothing: it is.
std::optional<StreamFailure> VideoFileSink::end_stream(std::string_view source_id) {
    ++ends_;
    if (observer_ != nullptr) {
        observer_->on_end_of_stream(source_id);
    }
    try {
        auto failure = recordings_.end_stream(source_id);
        report_.failures += failure && failure->kind == StreamFailure::Kind::not_written ? 1 : 0;
        return failure;
    } catch (const std::exception& error) {
        fail(error.what());
        return StreamFailure{StreamFailure::Kind::not_written, error.what()};
    }
}

std::string_view VideoFileSink::content_bytes(const protocol::Content& content,
                                              const zmq::ReceivedMessage& message) {
    if (const auto* inside = std::get_if<protocol::InlineContent>(&content)) {
        return inside->bytes;
    }
    if (!std::holds_alternative<protocol::AttachedContent>(content) || message.attachments.empty()) {
        return {};
    }
    if (message.attachments.size() == 1) {
        return message.attachments.front().to_string_view();
    }
    joined_parts_.clear();
    for (const auto& part : message.attachments) {
        joined_parts_ += part.to_string_view();
    }
    return joined_parts_;
}

void VideoFileSink::count(FrameOutcome outcome, const protocol::VideoFrame& frame) {
    switch (outcome) {
        case FrameOutcome::written:
            on_frame_();
            break;
        case FrameOutcome::repeated:
        case FrameOutcome::out_of_order:
            ++report_.repeated;
            dropped_warning_.warn("{}: dropped a frame that {}", frame.source_id,
                                  outcome == FrameOutcome::repeated
                                      ? "came before"
                                      : "is more than a second behind the last one");
            break;
        case FrameOutcome::before_keyframe:
            ++report_.before_keyframe;
            keyframe_warning_.warn("{}: skipped a frame: a file begins with a keyframe", frame.source_id);
            break;
        case FrameOutcome::left_out:
            ++report_.left_out;
            break;
    }
}

void VideoFileSink::show(FrameOutcome outcome, const protocol::VideoFrame& frame, std::string_view bytes) {
    if (observer_ != nullptr && outcome != FrameOutcome::repeated && outcome != FrameOutcome::out_of_order) {
        observer_->on_frame(frame, bytes);
    }
}

void VideoFileSink::pass_over(const std::string& reason) {
    ++report_.unusable;
    unusable_warning_.warn("skipped a message: it {}", reason);
}

void VideoFileSink::fail(const std::string& reason) {
    ++report_.failures;
    failure_warning_.error("{}", reason);
}

// What the peers sent before the stop is still taken; one that goes on sending must not keep us.
void VideoFileSink::drain() {
    const auto until = Clock::now() + config_.shutdown_timeout / 2;
    receiver_.stop_receiving();
    while (!receive() && Clock::now() < until) {
    }
}

// A REQ peer loses an answer that it has not read when the connection ends: it gets a moment to read the last
// one.
void VideoFileSink::let_acknowledgement_arrive(const runtime::StopSignal& stop) {
    constexpr std::chrono::milliseconds moment{500};
    const auto until = Clock::now() + moment;
    while (!stop.requested() && Clock::now() < until) {
        stop.add_to(poll_set_);
        poll_set_.wake_at(until);
        poll_set_.wait();
    }
}

}  // namespace framebridge::video_sink
