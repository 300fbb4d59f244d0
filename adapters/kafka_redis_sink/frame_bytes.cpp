#include "kafka_redis_sink/frame_bytes.h"

#include <algorithm>
#include <variant>

namespace framebridge::sink {

namespace {

using Parts = std::vector<::zmq::message_t>;

std::string_view view_of(const ::zmq::message_t& part) {
    return {part.data<char>(), part.size()};
}

bool has_bytes(const ::zmq::message_t& part) {
    return part.size() > 0;
}

bool is_attached(const protocol::Frame& frame) {
    return std::holds_alternative<protocol::AttachedContent>(frame.content);
}

bool is_foreign(const protocol::Frame& frame) {
    return std::holds_alternative<protocol::ForeignContent>(frame.content);
}

std::size_t count_attached(const protocol::Envelope& envelope) {
    return static_cast<std::size_t>(
        std::count_if(envelope.frames.begin(), envelope.frames.end(), is_attached));
}

/// Whether somebody else may know what the parts are: a later version's kind, or content.
bool may_have_parts(const protocol::Envelope& envelope) {
    return envelope.kind == protocol::MessageKind::unknown ||
           std::any_of(envelope.frames.begin(), envelope.frames.end(), is_foreign);
}

/// Parts that belong to no frame. An empty one says nothing (savant_rs's Python writer adds one to each
/// message without content).
std::string take_unclaimed(MessageInFlight& message) {
    const auto& parts = message.received.attachments;
    if (message.envelope.format == protocol::Format::savant ||
        std::none_of(parts.begin(), parts.end(), has_bytes)) {
        return {};
    }
    if (!may_have_parts(message.envelope)) {
        return "extra parts came with the message, and none of its frames is attached";
    }
    for (const auto& part : parts) {
        message.record_parts.push_back(view_of(part));
    }
    return {};
}

std::string count_mismatch(std::size_t frames, std::size_t parts) {
    return "the batch has " + std::to_string(frames) + " attached frames, but " + std::to_string(parts) +
           " extra parts came with it";
}

}  // namespace

std::string find_frame_bytes(MessageInFlight& message) {
    const auto& parts = message.received.attachments;
    const auto& frames = message.envelope.frames;
    for (std::size_t index = 0; index < frames.size(); ++index) {
        if (const auto* content = std::get_if<protocol::InlineContent>(&frames[index].content)) {
            message.frames[index].parts.assign(1, content->bytes);
            message.frames[index].size = content->bytes.size();
        }
    }
    const auto attached = count_attached(message.envelope);
    if (attached == 0) {
        return take_unclaimed(message);
    }
    const bool is_batch = message.envelope.kind == protocol::MessageKind::video_frame_batch;
    if (is_batch && attached != parts.size()) {
        return count_mismatch(attached, parts.size());
    }
    if (parts.empty()) {
        return "the frame is attached, but no extra part came with it";
    }
    // A batch has one part per attached frame, by ascending batch id; a single frame's bytes are all parts.
    auto part = parts.begin();
    for (std::size_t index = 0; index < frames.size(); ++index) {
        if (!is_attached(frames[index])) {
            continue;
        }
        const auto end = is_batch ? part + 1 : parts.end();
        for (; part != end; ++part) {
            message.frames[index].parts.push_back(view_of(*part));
            message.frames[index].size += part->size();
        }
    }
    return {};
}

std::size_t count_missing_parts(const MessageInFlight& message) {
    return message.received.attachments.empty() ? count_attached(message.envelope) : 0;
}

bool has_ignored_parts(const MessageInFlight& message) {
    const auto& parts = message.received.attachments;
    return message.envelope.format == protocol::Format::savant &&
           std::any_of(parts.begin(), parts.end(), has_bytes) && count_attached(message.envelope) == 0;
}

}  // namespace framebridge::sink
