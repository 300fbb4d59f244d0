#include "kafka_redis_inspect/message_json.h"

#include "kafka/position.h"
#include "metadata/message_json.h"

namespace framebridge::inspect {

namespace {

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

Row to_json(const ScannedRecord& scanned) {
    auto row = record_json(scanned.record);
    if (scanned.envelope == nullptr) {
        row["problem"] = scanned.problem;
        return row;
    }
    row.update(metadata::message_json(*scanned.envelope, metadata::BytesAs::size));
    row["source_id"] = std::string(scanned.source_id());
    return row;
}

}  // namespace framebridge::inspect
