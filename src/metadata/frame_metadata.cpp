#include "metadata/frame_metadata.h"

#include <utility>

namespace framebridge::metadata {

namespace {

Json value_or_null(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() ? Json(nullptr) : *found;
}

Json savant_file_attribute(const Json& attribute) {
    Json value{{"value", value_or_null(attribute, "value")}};
    if (const auto confidence = value_or_null(attribute, "confidence"); confidence.is_number()) {
        value["confidence"] = confidence;
    }
    return {{"namespace", value_or_null(attribute, "element_name")},
            {"name", value_or_null(attribute, "name")},
            {"values", Json::array({value})},
            {"is_persistent", true}};
}

double number_or_zero(const Json& json, const char* key) {
    const auto value = value_or_null(json, key);
    return value.is_number() ? value.get<double>() : 0;
}

/// An object as Savant's file adapters write it, in our shape. They name no ids: it is its place in the list.
Json savant_file_object(const Json& object, std::size_t place) {
    constexpr std::int64_t untracked = -1;
    const auto box = value_or_null(object, "bbox");
    Json shaped{{"id", place},
                {"namespace", value_or_null(object, "model_name")},
                {"label", value_or_null(object, "label")},
                {"confidence", value_or_null(object, "confidence")}};
    if (box.is_object()) {
        const auto width = number_or_zero(box, "width");
        const auto height = number_or_zero(box, "height");
        shaped["box"] = Json::array(
            {number_or_zero(box, "xc") - width / 2, number_or_zero(box, "yc") - height / 2, width, height});
        if (number_or_zero(box, "angle") != 0) {
            shaped["angle"] = box["angle"];
        }
    }
    if (const auto track = value_or_null(object, "object_id");
        track.is_number_integer() && track != untracked) {
        shaped["track_id"] = track;
    }
    auto& attributes = shaped["attributes"] = Json::array();
    if (const auto given = value_or_null(object, "attributes"); given.is_array()) {
        for (const auto& attribute : given) {
            if (attribute.is_object()) {
                attributes.push_back(savant_file_attribute(attribute));
            }
        }
    }
    return shaped;
}

/// Of a line of Savant's file adapters only the objects are read, as those adapters do.
Json from_savant_file(const Json& metadata) {
    Json objects = Json::array();
    if (const auto given = value_or_null(metadata, "objects"); given.is_array()) {
        for (const auto& object : given) {
            if (object.is_object()) {
                objects.push_back(savant_file_object(object, objects.size()));
            }
        }
    }
    return {{"kind", "video_frame"}, {"objects", std::move(objects)}};
}

}  // namespace

Result<FrameMetadata> FrameMetadata::parse(std::string_view line) {
    // A line comes from outside: what is nested deeper would take too much of the stack.
    constexpr int max_depth = 100;
    const auto is_flat = [](int depth, auto /*event*/, const auto& /*parsed*/) { return depth < max_depth; };
    auto json = Json::parse(line.begin(), line.end(), is_flat, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return problem("it is not a JSON object");
    }
    if (const auto metadata = value_or_null(json, "metadata"); metadata.is_object()) {
        if (json.contains("schema") && json["schema"] != "VideoFrame") {
            return problem(std::string(other_line));
        }
        return FrameMetadata(from_savant_file(metadata));
    }
    if (value_or_null(json, "kind") != "video_frame") {
        return problem(std::string(other_line));
    }
    return FrameMetadata(std::move(json));
}

std::optional<bool> FrameMetadata::keyframe() const {
    const auto keyframe = value_or_null(line_, "keyframe");
    return keyframe.is_boolean() ? std::optional(keyframe.get<bool>()) : std::nullopt;
}

std::string FrameMetadata::encode(protocol::Format format, protocol::VideoFrame frame,
                                  std::string_view savant_version) const {
    if (const auto created = value_or_null(line_, "creation_time_ns"); created.is_number_integer()) {
        frame.creation_time_ns = created.get<std::int64_t>();
    }
    const auto message = protocol::encode(format, frame, savant_version);
    return format == protocol::Format::native ? add_to_native(message, line_) : add_to_savant(message, line_);
}

}  // namespace framebridge::metadata
