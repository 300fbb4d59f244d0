#include <savant_message.pb.h>

#include <algorithm>
#include <array>
#include <string>

#include "metadata/base64.h"
#include "metadata/frame_metadata.h"

namespace framebridge::metadata {

namespace {

constexpr const char* own_namespace = "framebridge";

// A line comes from outside: a value of a wrong type is as one that is not there.
std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_number(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number();
}

float float_of(const Json& json, const char* key) {
    return is_number(json, key) ? json[key].get<float>() : 0;
}

bool all(const Json& array, bool (*matches)(const Json&)) {
    return std::all_of(array.begin(), array.end(), matches);
}

bool is_box(const Json& json) {
    return json.is_object() && is_number(json, "xc") && is_number(json, "yc") && is_number(json, "width") &&
           is_number(json, "height");
}
bool is_point(const Json& json) {
    return json.is_object() && is_number(json, "x") && is_number(json, "y");
}
bool is_polygon(const Json& json) {
    return json.is_object() && json.contains("points") && json["points"].is_array();
}
bool is_text(const Json& json) {
    return json.is_string();
}
bool is_integer(const Json& json) {
    return json.is_number_integer();
}
bool is_any_number(const Json& json) {
    return json.is_number();
}
bool is_boolean(const Json& json) {
    return json.is_boolean();
}

void read_box(const Json& json, savant::Box& box) {
    box.set_xc(float_of(json, "xc"));
    box.set_yc(float_of(json, "yc"));
    box.set_width(float_of(json, "width"));
    box.set_height(float_of(json, "height"));
    if (is_number(json, "angle")) {
        box.set_angle(float_of(json, "angle"));
    }
}

void read_point(const Json& json, savant::Point& point) {
    point.set_x(float_of(json, "x"));
    point.set_y(float_of(json, "y"));
}

void read_polygon(const Json& json, savant::Polygon& polygon) {
    for (const auto& point : json["points"]) {
        if (is_point(point)) {
            read_point(point, *polygon.add_points());
        }
    }
    if (json.contains("tags") && json["tags"].is_array() && !json["tags"].empty()) {
        for (const auto& tag : json["tags"]) {
            auto& added = *polygon.mutable_tags()->add_tags();
            if (tag.is_string()) {
                added.set_tag(tag.get<std::string>());
            }
        }
    }
}

void read_intersection(const Json& json, savant::Intersection& intersection) {
    constexpr std::array kinds{"enter", "inside", "leave", "cross", "outside"};
    const auto found = std::find(kinds.begin(), kinds.end(), text_of(json, "kind"));
    intersection.set_kind(found == kinds.end() ? static_cast<int>(float_of(json, "kind"))
                                               : static_cast<int>(found - kinds.begin()));
    for (const auto& edge : json["edges"]) {
        if (edge.is_object() && is_number(edge, "id")) {
            auto& added = *intersection.add_edges();
            added.set_id(edge["id"].get<std::uint64_t>());
            if (edge.contains("tag") && edge["tag"].is_string()) {
                added.set_tag(text_of(edge, "tag"));
            }
        }
    }
}

template <typename Value>
void read_list(const Json& array, google::protobuf::RepeatedField<Value>& list) {
    for (const auto& each : array) {
        list.Add(each.get<Value>());
    }
}

void read_array(const Json& array, savant::AttributeValue& value) {
    if (all(array, is_text)) {
        auto& texts = *value.mutable_texts();
        for (const auto& each : array) {
            texts.add_data(each.get<std::string>());
        }
    } else if (all(array, is_integer)) {
        read_list(array, *value.mutable_integers()->mutable_data());
    } else if (all(array, is_any_number)) {
        read_list(array, *value.mutable_floatings()->mutable_data());
    } else if (all(array, is_boolean)) {
        read_list(array, *value.mutable_booleans()->mutable_data());
    } else if (all(array, is_box)) {
        for (const auto& each : array) {
            read_box(each, *value.mutable_boxes()->add_data());
        }
    } else if (all(array, is_point)) {
        for (const auto& each : array) {
            read_point(each, *value.mutable_points()->add_data());
        }
    } else if (all(array, is_polygon)) {
        for (const auto& each : array) {
            read_polygon(each, *value.mutable_polygons()->add_data());
        }
    } else {
        value.mutable_text()->set_data(to_line(array));
    }
}

void read_structure(const Json& json, savant::AttributeValue& value) {
    if (json.contains("base64") && json["base64"].is_string()) {
        const auto bytes = from_base64(json["base64"].get_ref<const std::string&>()).value_or("");
        if (json.contains("dims") && json["dims"].is_array() && all(json["dims"], is_integer)) {
            read_list(json["dims"], *value.mutable_bytes()->mutable_dims());
        } else {
            value.mutable_bytes()->add_dims(static_cast<std::int64_t>(bytes.size()));
        }
        value.mutable_bytes()->set_data(bytes);
    } else if (is_box(json)) {
        read_box(json, *value.mutable_box()->mutable_data());
    } else if (is_point(json)) {
        read_point(json, *value.mutable_point()->mutable_data());
    } else if (is_polygon(json)) {
        read_polygon(json, *value.mutable_polygon()->mutable_data());
    } else if (json.contains("edges") && json["edges"].is_array()) {
        read_intersection(json, *value.mutable_intersection()->mutable_data());
    } else {
        // A native attribute may be a map of anything.
        value.mutable_text()->set_data(to_line(json));
    }
}

void read_value(const Json& json, savant::AttributeValue& value) {
    if (json.is_string()) {
        value.mutable_text()->set_data(json.get<std::string>());
    } else if (json.is_boolean()) {
        value.mutable_boolean()->set_data(json.get<bool>());
    } else if (json.is_number_integer()) {
        value.mutable_integer()->set_data(json.get<std::int64_t>());
    } else if (json.is_number()) {
        value.mutable_floating()->set_data(json.get<double>());
    } else if (json.is_array()) {
        read_array(json, value);
    } else if (json.is_object()) {
        read_structure(json, value);
    } else {
        value.mutable_none();
    }
}

using Attributes = google::protobuf::RepeatedPtrField<savant::Attribute>;

void read_attribute(const Json& json, Attributes& attributes) {
    if (!json.is_object()) {
        return;
    }
    const auto given = text_of(json, "namespace");
    const auto name = text_of(json, "name");
    // The one attribute that both formats' video sources write: Savant's has a namespace of its own.
    const auto space = !given.empty() ? given : std::string(name == "location" ? "default" : own_namespace);
    const bool own = space == own_namespace;
    const bool is_there = std::any_of(attributes.begin(), attributes.end(), [&](const auto& each) {
        return each.namespace_() == space && each.name() == name;
    });
    // The frame says these itself.
    if (name.empty() || is_there || (own && (name == "codec_extradata" || name == "hidden"))) {
        return;
    }
    auto& attribute = *attributes.Add();
    attribute.set_namespace_(space);
    attribute.set_name(name);
    if (json.contains("hint") && json["hint"].is_string()) {
        attribute.set_hint(text_of(json, "hint"));
    }
    // Else a pipeline's next stage drops it.
    attribute.set_is_persistent(!json.contains("is_persistent") || json["is_persistent"] != false);
    attribute.set_is_hidden(json.contains("is_hidden") && json["is_hidden"] == true);
    if (!json.contains("values") || !json["values"].is_array()) {
        return;
    }
    for (const auto& each : json["values"]) {
        if (each.is_object() && each.contains("value")) {
            auto& value = *attribute.add_values();
            read_value(each["value"], value);
            if (is_number(each, "confidence")) {
                value.set_confidence(float_of(each, "confidence"));
            }
        }
    }
}

void read_attributes(const Json& json, Attributes& attributes) {
    if (json.contains("attributes") && json["attributes"].is_array()) {
        for (const auto& attribute : json["attributes"]) {
            read_attribute(attribute, attributes);
        }
    }
}

// [left, top, width, height] becomes the center and the size.
void read_detection_box(const Json& json, savant::Box& box) {
    if (!json.contains("box") || !json["box"].is_array() || json["box"].size() != 4 ||
        !all(json["box"], is_any_number)) {
        return;
    }
    const auto& edges = json["box"];
    const auto width = edges[2].get<double>();
    const auto height = edges[3].get<double>();
    box.set_xc(static_cast<float>(edges[0].get<double>() + width / 2));
    box.set_yc(static_cast<float>(edges[1].get<double>() + height / 2));
    box.set_width(static_cast<float>(width));
    box.set_height(static_cast<float>(height));
    if (is_number(json, "angle")) {
        box.set_angle(float_of(json, "angle"));
    }
}

void read_object(const Json& json, savant::Object& object) {
    const auto integer = [&](const char* key) { return json.contains(key) && is_integer(json[key]); };
    if (integer("id")) {
        object.set_id(json["id"].get<std::int64_t>());
    }
    for (const auto* parent : {"parent_id", "parent"}) {
        if (integer(parent)) {
            object.set_parent_id(json[parent].get<std::int64_t>());
        }
    }
    object.set_namespace_(text_of(json, "namespace"));
    object.set_label(text_of(json, "label"));
    if (json.contains("draw_label") && json["draw_label"].is_string()) {
        object.set_draw_label(text_of(json, "draw_label"));
    }
    if (is_number(json, "confidence")) {
        object.set_confidence(float_of(json, "confidence"));
    }
    read_detection_box(json, *object.mutable_detection_box());
    if (integer("track_id")) {
        object.set_track_id(json["track_id"].get<std::int64_t>());
        // savant_rs has a track's id and its box together, or neither.
        if (json.contains("track_box") && is_box(json["track_box"])) {
            read_box(json["track_box"], *object.mutable_track_box());
        }
    }
    read_attributes(json, *object.mutable_attributes());
}

void read_transformations(const Json& json, savant::Frame& frame) {
    if (!json.contains("transformations") || !json["transformations"].is_array()) {
        return;
    }
    for (const auto& each : json["transformations"]) {
        if (each.is_object() && each.contains("initial_size") && each["initial_size"].is_array() &&
            each["initial_size"].size() == 2 && all(each["initial_size"], is_integer)) {
            if (frame.transformations_size() > 0 && frame.transformations(0).has_initial_size()) {
                continue;  // The frame's own.
            }
            auto& size = *frame.add_transformations()->mutable_initial_size();
            size.set_width(each["initial_size"][0].get<std::uint64_t>());
            size.set_height(each["initial_size"][1].get<std::uint64_t>());
        }
    }
}

}  // namespace

std::string add_to_savant(const std::string& message, const Json& line) {
    savant::Message parsed;
    if (!parsed.ParseFromString(message)) {
        return message;
    }
    auto& frame = *parsed.mutable_video_frame();
    read_attributes(line, *frame.mutable_attributes());
    read_transformations(line, frame);
    if (line.contains("objects") && line["objects"].is_array()) {
        for (const auto& object : line["objects"]) {
            if (object.is_object()) {
                read_object(object, *frame.add_objects());
            }
        }
    }
    if (line.contains("routing_labels") && line["routing_labels"].is_array()) {
        for (const auto& label : line["routing_labels"]) {
            if (label.is_string()) {
                parsed.add_routing_labels(label.get<std::string>());
            }
        }
    }
    return parsed.SerializeAsString();
}

}  // namespace framebridge::metadata
