#include "kafka_redis_source/send_policy.h"

#include <algorithm>

#include "framebridge/protocol/messages.h"
#include "media/keyframe.h"
#include "runtime/failure.h"

namespace framebridge::source {

namespace {

std::string_view bytes_of(const MessageInFlight& message) {
    if (const auto& stored = message.frames.front().content) {
        return stored->view();
    }
    const auto* inside = std::get_if<protocol::InlineContent>(&message.envelope.frames.front().content);
    return inside != nullptr ? inside->bytes : std::string_view{};
}

/// Whether a decoder can begin with the message's frame: as the frame says, else as its bytes do, as
/// video-file-sink decides it. True where neither tells.
bool can_begin(const MessageInFlight& message) {
    if (const auto keyframe = message.envelope.frames.front().keyframe) {
        return *keyframe;
    }
    const auto frame = decode_video_frame(message.envelope);
    return !frame || !frame->codec || media::is_keyframe(*frame->codec, bytes_of(message)).value_or(true);
}

}  // namespace

Verdict SendPolicy::judge(const MessageInFlight& message) {
    if (!shutdown_.passes(message.envelope) || waits_for_keyframe(message)) {
        return Verdict::skip;
    }
    return judge_missing(message);
}

bool SendPolicy::waits_for_keyframe(const MessageInFlight& message) {
    const auto& envelope = message.envelope;
    if (resyncing_.empty()) {
        return false;
    }
    if (envelope.kind == protocol::MessageKind::end_of_stream) {
        resyncing_.erase(std::string(envelope.source_id));
    }
    if (envelope.kind != protocol::MessageKind::video_frame) {
        return false;
    }
    const auto source = resyncing_.find(envelope.source_id);
    if (source == resyncing_.end()) {
        return false;
    }
    if (!can_begin(message)) {
        return true;
    }
    resyncing_.erase(source);
    return false;
}

Verdict SendPolicy::judge_missing(const MessageInFlight& message) {
    const auto is_missing = [](const StoredFrame& frame) { return frame.state == FrameState::missing; };
    if (missing_frame_ == MissingFrame::metadata ||
        std::none_of(message.frames.begin(), message.frames.end(), is_missing)) {
        return Verdict::send;
    }
    if (missing_frame_ == MissingFrame::fail) {
        throw runtime::Failure(runtime::FailureKind::bad_data,
                               "a frame is missing (partition " + std::to_string(message.record.partition) +
                                   ", offset " + std::to_string(message.record.offset) +
                                   ") and --missing-frame is 'fail'");
    }
    if (missing_frame_ == MissingFrame::resync) {
        for (std::size_t index = 0; index < message.frames.size(); ++index) {
            if (is_missing(message.frames[index])) {
                resyncing_.emplace(message.envelope.frames[index].source_id);
            }
        }
    }
    return Verdict::skip;
}

}  // namespace framebridge::source
