#include "metadata/message_json.h"

#include <string>
#include <variant>

namespace framebridge::metadata {

namespace {

struct ContentToJson {
    Json operator()(const protocol::NoContent& /*content*/) const { return {{"kind", "none"}}; }
    Json operator()(const protocol::InlineContent& content) const {
        return {{"kind", "inline"}, {"size", content.bytes.size()}};
    }
    Json operator()(const protocol::AttachedContent& /*content*/) const { return {{"kind", "attached"}}; }
    Json operator()(const protocol::ContentReference& content) const {
        Json json{
            {"kind", "reference"}, {"store", std::string(content.store)}, {"key", std::string(content.key)}};
        json["size"] = content.size ? Json(*content.size) : Json(nullptr);
        json["hash"] = content.hash.empty() ? Json(nullptr) : Json(std::string(content.hash));
        return json;
    }
    Json operator()(const protocol::ForeignContent& content) const {
        return {{"kind", "foreign"},
                {"method", std::string(content.method)},
                {"location", std::string(content.location)}};
    }
};

}  // namespace

Json content_json(const protocol::Content& content) {
    return std::visit(ContentToJson{}, content);
}

Json message_json(const protocol::Envelope& envelope, BytesAs bytes) {
    Json json;
    json["format"] = std::string(to_string(envelope.format));
    json["kind"] = std::string(to_string(envelope.kind));
    json["source_id"] = std::string(envelope.source_id);
    json["sequence_number"] = envelope.sequence_number ? Json(*envelope.sequence_number) : Json(nullptr);
    json.update(envelope.format == protocol::Format::native ? native_fields(envelope.message, bytes)
                                                            : savant_fields(envelope.message, bytes));
    if (envelope.kind == protocol::MessageKind::video_frame) {
        json["content"] = content_json(envelope.frames.front().content);
    } else if (envelope.kind == protocol::MessageKind::video_frame_batch) {
        for (std::size_t index = 0; index < envelope.frames.size() && index < json["frames"].size();
             ++index) {
            json["frames"][index]["content"] = content_json(envelope.frames[index].content);
        }
    }
    return json;
}

std::string to_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace framebridge::metadata
