#include "kafka_redis_sink/frame_bytes.h"

#include <algorithm>
#include <variant>

#include "framebridge/protocol/parts.h"

namespace framebridge::sink {

namespace {

std::string_view view_of(const ::zmq::message_t& part) {
    return {part.data<char>(), part.size()};
}

bool is_attached(const protocol::Frame& frame) {
    return std::holds_alternative<protocol::AttachedContent>(frame.content);
}

void add_part(FrameContent& frame, std::string_view part) {
    frame.parts.push_back(part);
    frame.size += part.size();
}

std::vector<std::size_t> sizes_of(const std::vector<::zmq::message_t>& parts) {
    std::vector<std::size_t> sizes(parts.size());
    std::transform(parts.begin(), parts.end(), sizes.begin(), [](const auto& part) { return part.size(); });
    return sizes;
}

}  // namespace

FoundBytes find_frame_bytes(MessageInFlight& message) {
    const auto& parts = message.received.attachments;
    const auto& frames = message.envelope.frames;
    for (std::size_t index = 0; index < frames.size(); ++index) {
        if (const auto* content = std::get_if<protocol::InlineContent>(&frames[index].content)) {
            add_part(message.frames[index], content->bytes);
        }
    }
    FoundBytes found;
    if (parts.empty()) {
        found.missing = static_cast<std::size_t>(std::count_if(frames.begin(), frames.end(), is_attached));
        if (found.missing == 0) {
            return found;
        }
    }
    const auto assigned = assign_parts(message.envelope, sizes_of(parts));
    if (!assigned) {
        found.fault = assigned.error().to_string();
        return found;
    }
    for (std::size_t index = 0; index < frames.size(); ++index) {
        for (auto part = assigned->frames[index].begin; part != assigned->frames[index].end; ++part) {
            add_part(message.frames[index], view_of(parts[part]));
        }
    }
    if (message.envelope.format == protocol::Format::savant) {
        found.ignored = assigned->unclaimed.size();
        return found;
    }
    for (const auto part : assigned->unclaimed) {
        message.record_parts.push_back(view_of(parts[part]));
    }
    return found;
}

}  // namespace framebridge::sink
