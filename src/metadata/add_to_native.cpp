#include <algorithm>
#include <array>
#include <string>

#include "metadata/base64.h"
#include "metadata/frame_metadata.h"

namespace framebridge::metadata {

namespace {

/// What a frame's message, its file or its way here says, and a line must not change. The rest of a native
/// message's keys are its sender's.
constexpr std::array fixed_keys{"framebridge",
                                "format",
                                "kind",
                                "source_id",
                                "sequence_number",
                                "answers",
                                "uuid",
                                "width",
                                "height",
                                "creation_time_ns",
                                "framerate",
                                "codec",
                                "codec_extradata",
                                "keyframe",
                                "hidden",
                                "time_base",
                                "pts",
                                "dts",
                                "duration",
                                "content",
                                "attributes",
                                "trace_context",
                                "protocol_version",
                                "system_id",
                                "routing_labels",
                                "transformations",
                                "objects"};

bool is_fixed(const std::string& key) {
    return std::any_of(fixed_keys.begin(), fixed_keys.end(), [&](const char* each) { return key == each; });
}

Json with_bytes(const Json& json) {
    if (json.is_object() && json.size() == 1 && json.contains("base64") && json["base64"].is_string()) {
        if (const auto bytes = from_base64(json["base64"].get_ref<const std::string&>())) {
            return Json::binary({bytes->begin(), bytes->end()});
        }
    }
    auto result = json;
    if (result.is_structured()) {
        for (auto& each : result) {
            each = with_bytes(each);
        }
    }
    return result;
}

std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The name by which an attribute stands in a native message: those of other namespaces keep theirs in it.
std::string native_name(const Json& attribute) {
    const auto space = text_of(attribute, "namespace");
    const auto name = text_of(attribute, "name");
    const bool plain = space.empty() || space == "framebridge" || (space == "default" && name == "location");
    return plain ? name : space + "/" + name;
}

void add_attribute(Json& attributes, const Json& attribute) {
    if (!attribute.is_object() || !attribute.contains("values") || !attribute["values"].is_array()) {
        return;
    }
    Json values = Json::array();
    for (const auto& each : attribute["values"]) {
        if (each.is_object() && each.contains("value")) {
            values.push_back(with_bytes(each["value"]));
        }
    }
    const auto name = native_name(attribute);
    // The frame says these in keys of its own.
    if (name.empty() || name == "codec_extradata" || name == "hidden" || values.empty() ||
        attributes.contains(name)) {
        return;
    }
    attributes[name] = values.size() == 1 ? values.front() : values;
}

Json native_object(const Json& object) {
    auto result = with_bytes(object);
    if (object.contains("parent_id")) {
        result.erase("parent_id");
        if (!object["parent_id"].is_null()) {
            result["parent"] = object["parent_id"];
        }
    }
    for (const auto* key : {"confidence", "track_id"}) {
        if (result.contains(key) && result[key].is_null()) {
            result.erase(key);
        }
    }
    return result;
}

}  // namespace

std::string add_to_native(const std::string& message, const Json& line) {
    auto json = Json::from_msgpack(message, /*strict=*/true, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return message;
    }
    Json attributes = json.contains("attributes") ? json["attributes"] : Json::object();
    if (line.contains("attributes") && line["attributes"].is_array()) {
        for (const auto& attribute : line["attributes"]) {
            add_attribute(attributes, attribute);
        }
    }
    if (!attributes.empty()) {
        json["attributes"] = std::move(attributes);
    }
    if (line.contains("objects") && line["objects"].is_array() && !line["objects"].empty()) {
        auto& objects = json["objects"] = Json::array();
        for (const auto& object : line["objects"]) {
            objects.push_back(object.is_object() ? native_object(object) : object);
        }
    }
    for (const auto& [key, value] : line.items()) {
        if (!is_fixed(key)) {
            json[key] = with_bytes(value);
        }
    }
    std::string out;
    Json::to_msgpack(json, out);
    return out;
}

}  // namespace framebridge::metadata
