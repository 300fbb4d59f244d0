#include <algorithm>
#include <cstdint>

#include "metadata/base64.h"
#include "metadata/message_json.h"

namespace framebridge::metadata {

namespace {

// The frames' own bytes are not told.
void erase_contents(Json& fields) {
    fields.erase("content");
    if (fields.contains("frames") && fields["frames"].is_array()) {
        for (auto& frame : fields["frames"]) {
            if (frame.is_object()) {
                frame.erase("content");
            }
        }
    }
}

// Bytes have no place in JSON.
Json without_bytes(Json value, BytesAs as) {
    if (value.is_binary()) {
        const auto& bytes = value.get_binary();
        if (as == BytesAs::size) {
            return {{"bytes", bytes.size()}};
        }
        return {{"base64", base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()})}};
    }
    if (value.is_structured()) {
        for (auto& each : value) {
            each = without_bytes(std::move(each), as);
        }
    }
    return value;
}

// Free text by name becomes attributes as savant's: a namespace, a name, values.
Json attributes_of(const Json& texts) {
    Json attributes = Json::array();
    if (texts.is_object()) {
        for (const auto& [name, value] : texts.items()) {
            attributes.push_back(
                {{"namespace", ""}, {"name", name}, {"values", Json::array({{{"value", value}}})}});
        }
    }
    return attributes;
}

void shape_frame(Json& frame) {
    frame["attributes"] = attributes_of(frame.contains("attributes") ? frame["attributes"] : Json(nullptr));
    if (!frame.contains("objects")) {
        frame["objects"] = Json::array();
    }
}

}  // namespace

Json native_fields(std::string_view message, BytesAs bytes) {
    auto fields =
        Json::from_msgpack(message.begin(), message.end(), /*strict=*/false, /*allow_exceptions=*/false);
    if (!fields.is_object()) {
        return Json::object();
    }
    erase_contents(fields);
    fields = without_bytes(std::move(fields), bytes);
    for (const auto* known : {"framebridge", "kind", "source_id", "sequence_number"}) {
        fields.erase(known);
    }
    if (fields.contains("frames") && fields["frames"].is_array()) {
        auto& frames = fields["frames"];
        std::for_each(frames.begin(), frames.end(), shape_frame);
        std::stable_sort(frames.begin(), frames.end(), [](const Json& left, const Json& right) {
            return left.value("batch_id", std::int64_t{0}) < right.value("batch_id", std::int64_t{0});
        });
    } else {
        shape_frame(fields);
    }
    return fields;
}

}  // namespace framebridge::metadata
