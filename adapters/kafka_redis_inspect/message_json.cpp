#include "kafka_redis_inspect/message_json.h"

#include <variant>

#include "kafka/position.h"

namespace framebridge::inspect {

namespace {

struct ContentToJson {
    Row operator()(const protocol::NoContent& /*content*/) const { return {{"kind", "none"}}; }
    Row operator()(const protocol::InlineContent& content) const {
        return {{"kind", "inline"}, {"size", content.bytes.size()}};
    }
    Row operator()(const protocol::AttachedContent& /*content*/) const { return {{"kind", "attached"}}; }
    Row operator()(const protocol::ContentReference& content) const {
        Row row{
            {"kind", "reference"}, {"store", std::string(content.store)}, {"key", std::string(content.key)}};
        row["size"] = content.size ? Row(*content.size) : Row(nullptr);
        row["hash"] = content.hash.empty() ? Row(nullptr) : Row(std::string(content.hash));
        return row;
    }
    Row operator()(const protocol::ForeignContent& content) const {
        return {{"kind", "foreign"},
                {"method", std::string(content.method)},
                {"location", std::string(content.location)}};
    }
};

const char* to_text(kafka::TimestampType type) {
    switch (type) {
        case kafka::TimestampType::create_time:
            return "create_time";
        case kafka::TimestampType::log_append_time:
            return "log_append_time";
        case kafka::TimestampType::none:
            break;
    }
    return "none";
}

Row record_json(const kafka::TopicRecord& record) {
    Row row;
    row["partition"] = record.partition;
    row["offset"] = record.offset;
    row["time"] = kafka::format_time(record.timestamp);
    row["time_type"] = to_text(record.timestamp_type);
    row["key"] = std::string(record.key);
    row["value_bytes"] = record.value.size();
    Row headers = Row::object();
    for (const auto& header : record.headers()) {
        headers[header.name] = header.value;
    }
    row["headers"] = std::move(headers);
    return row;
}

}  // namespace

Row content_json(const protocol::Content& content) {
    return std::visit(ContentToJson{}, content);
}

Row to_json(const ScannedRecord& scanned) {
    auto row = record_json(scanned.record);
    if (scanned.envelope == nullptr) {
        row["problem"] = scanned.problem;
        return row;
    }
    const auto& envelope = *scanned.envelope;
    row["format"] = std::string(to_string(envelope.format));
    row["kind"] = std::string(to_string(envelope.kind));
    row["source_id"] = std::string(scanned.source_id());
    row["sequence_number"] = envelope.sequence_number ? Row(*envelope.sequence_number) : Row(nullptr);
    row.update(envelope.format == protocol::Format::native ? native_fields(envelope.message)
                                                           : savant_fields(envelope.message));
    if (envelope.kind == protocol::MessageKind::video_frame) {
        row["content"] = content_json(envelope.frames.front().content);
    } else if (envelope.kind == protocol::MessageKind::video_frame_batch) {
        for (std::size_t index = 0; index < envelope.frames.size() && index < row["frames"].size(); ++index) {
            row["frames"][index]["content"] = content_json(envelope.frames[index].content);
        }
    }
    return row;
}

}  // namespace framebridge::inspect
