#include "kafka_redis_source/compose.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace framebridge::source {

std::string_view topic_of(const MessageInFlight& message) {
    const auto& envelope = message.envelope;
    if (!envelope.source_id.empty()) {
        return envelope.source_id;
    }
    if (!message.record.key.empty() || envelope.frames.empty()) {
        return message.record.key;
    }
    return envelope.frames.front().source_id;
}

zmq::OutgoingMessage compose(const MessageInFlight& message) {
    const auto& envelope = message.envelope;
    const auto& record = message.record;
    zmq::OutgoingMessage outgoing;
    outgoing.topic = topic_of(message);
    outgoing.end_of_stream = envelope.kind == protocol::MessageKind::end_of_stream;
    outgoing.body = {record.owner, record.value};

    std::vector<std::optional<protocol::Content>> contents(envelope.frames.size());
    bool changed = false;
    for (std::size_t index = 0; index < envelope.frames.size(); ++index) {
        const auto& content = envelope.frames[index].content;
        const auto& stored = message.frames[index];
        if (const auto* inline_content = std::get_if<protocol::InlineContent>(&content)) {
            contents[index] = protocol::AttachedContent{};
            outgoing.attachments.push_back({record.owner, inline_content->bytes});
        } else if (stored.content != nullptr) {
            contents[index] = protocol::AttachedContent{};
            outgoing.attachments.push_back({stored.content, stored.content->view()});
        } else if (stored.state == FrameState::missing) {
            contents[index] = protocol::NoContent{};
        } else if (std::holds_alternative<protocol::AttachedContent>(content) &&
                   envelope.kind == protocol::MessageKind::video_frame_batch) {
            // A batch's extra parts are counted off against its attached frames, so one whose part never came
            // keeps its place.
            outgoing.attachments.emplace_back();
        }
        changed = changed || contents[index].has_value();
    }
    for (const auto part : record.parts) {
        outgoing.attachments.push_back({record.owner, part});
    }
    if (changed) {
        auto body = std::make_shared<std::string>();
        rewrite(envelope, contents, *body);
        outgoing.body = {body, *body};
    }
    return outgoing;
}

}  // namespace framebridge::source
