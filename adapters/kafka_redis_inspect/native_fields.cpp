#include <algorithm>

#include "kafka_redis_inspect/message_json.h"

namespace framebridge::inspect {

namespace {

// Bytes have no place in JSON: their length is told.
Row without_bytes(Row value) {
    if (value.is_binary()) {
        return {{"bytes", value.get_binary().size()}};
    }
    if (value.is_structured()) {
        for (auto& each : value) {
            each = without_bytes(std::move(each));
        }
    }
    return value;
}

// Free text by name becomes attributes as savant's: a namespace, a name, values.
Row attributes_of(const Row& texts) {
    Row attributes = Row::array();
    if (texts.is_object()) {
        for (const auto& [name, value] : texts.items()) {
            attributes.push_back(
                {{"namespace", ""}, {"name", name}, {"values", Row::array({{{"value", value}}})}});
        }
    }
    return attributes;
}

void shape_frame(Row& frame) {
    frame.erase("content");
    frame["attributes"] = attributes_of(frame.contains("attributes") ? frame["attributes"] : Row(nullptr));
    if (!frame.contains("objects")) {
        frame["objects"] = Row::array();
    }
}

}  // namespace

Row native_fields(std::string_view message) {
    auto fields =
        Row::from_msgpack(message.begin(), message.end(), /*strict=*/false, /*allow_exceptions=*/false);
    if (!fields.is_object()) {
        return Row::object();
    }
    fields = without_bytes(std::move(fields));
    for (const auto* known : {"framebridge", "kind", "source_id", "sequence_number"}) {
        fields.erase(known);
    }
    if (fields.contains("frames") && fields["frames"].is_array()) {
        auto& frames = fields["frames"];
        std::for_each(frames.begin(), frames.end(), shape_frame);
        std::stable_sort(frames.begin(), frames.end(), [](const Row& left, const Row& right) {
            return left.value("batch_id", std::int64_t{0}) < right.value("batch_id", std::int64_t{0});
        });
    } else {
        shape_frame(fields);
    }
    return fields;
}

}  // namespace framebridge::inspect
