#include <savant_message.pb.h>

#include <algorithm>
#include <array>
#include <map>

#include "metadata/base64.h"
#include "metadata/message_json.h"

namespace framebridge::metadata {

namespace {

template <typename Values, typename Convert>
Json array_of(const Values& values, const Convert& convert) {
    Json array = Json::array();
    for (const auto& value : values) {
        array.push_back(convert(value));
    }
    return array;
}

template <typename Values>
Json array_of(const Values& values) {
    return array_of(values, [](const auto& value) { return Json(value); });
}

Json box_json(const savant::Box& box) {
    Json row{{"xc", box.xc()}, {"yc", box.yc()}, {"width", box.width()}, {"height", box.height()}};
    if (box.has_angle()) {
        row["angle"] = box.angle();
    }
    return row;
}

Json point_json(const savant::Point& point) {
    return {{"x", point.x()}, {"y", point.y()}};
}

Json polygon_json(const savant::Polygon& polygon) {
    return {{"points", array_of(polygon.points(), point_json)},
            {"tags", array_of(polygon.tags().tags(), [](const auto& tag) {
                 return tag.has_tag() ? Json(tag.tag()) : Json(nullptr);
             })}};
}

Json intersection_json(const savant::Intersection& intersection) {
    constexpr std::array kinds{"enter", "inside", "leave", "cross", "outside"};
    const auto kind = static_cast<std::size_t>(std::max(0, intersection.kind()));
    return {{"kind", kind < kinds.size() ? Json(kinds.at(kind)) : Json(intersection.kind())},
            {"edges", array_of(intersection.edges(), [](const auto& edge) {
                 return Json{{"id", edge.id()}, {"tag", edge.has_tag() ? Json(edge.tag()) : Json(nullptr)}};
             })}};
}

Json transformation_json(const savant::Transformation& transformation) {
    if (!transformation.has_initial_size()) {
        return nullptr;
    }
    const auto& size = transformation.initial_size();
    return {{"initial_size", Json::array({size.width(), size.height()})}};
}

std::int64_t creation_time(const savant::Frame& frame) {
    // The upper half of the 128 bits is 0 for the next centuries.
    return static_cast<std::int64_t>(frame.creation_timestamp_ns_low());
}

class Writer {
  public:
    explicit Writer(BytesAs bytes) : bytes_(bytes) {}

    [[nodiscard]] Json content(const savant::Message& message) const { return content_of(message); }

  private:
    [[nodiscard]] Json bytes_json(const savant::Bytes& bytes) const {
        Json row{{"dims", array_of(bytes.dims())}};
        if (bytes_ == BytesAs::size) {
            row["bytes"] = bytes.data().size();
        } else {
            row["base64"] = base64(bytes.data());
        }
        return row;
    }

    Json value_json(const savant::AttributeValue& value) const {
        switch (value.value_case()) {
            case savant::AttributeValue::kBytes:
                return bytes_json(value.bytes());
            case savant::AttributeValue::kText:
                return value.text().data();
            case savant::AttributeValue::kTexts:
                return array_of(value.texts().data());
            case savant::AttributeValue::kInteger:
                return value.integer().data();
            case savant::AttributeValue::kIntegers:
                return array_of(value.integers().data());
            case savant::AttributeValue::kFloating:
                return value.floating().data();
            case savant::AttributeValue::kFloatings:
                return array_of(value.floatings().data());
            case savant::AttributeValue::kBoolean:
                return value.boolean().data();
            case savant::AttributeValue::kBooleans:
                return array_of(value.booleans().data());
            case savant::AttributeValue::kBox:
                return box_json(value.box().data());
            case savant::AttributeValue::kBoxes:
                return array_of(value.boxes().data(), box_json);
            case savant::AttributeValue::kPoint:
                return point_json(value.point().data());
            case savant::AttributeValue::kPoints:
                return array_of(value.points().data(), point_json);
            case savant::AttributeValue::kPolygon:
                return polygon_json(value.polygon().data());
            case savant::AttributeValue::kPolygons:
                return array_of(value.polygons().data(), polygon_json);
            case savant::AttributeValue::kIntersection:
                return intersection_json(value.intersection().data());
            default:
                return nullptr;
        }
    }

    Json attribute_json(const savant::Attribute& attribute) const {
        Json row{{"namespace", attribute.namespace_()}, {"name", attribute.name()}};
        row["values"] = array_of(attribute.values(), [this](const auto& value) {
            Json each{{"value", value_json(value)}};
            if (value.has_confidence()) {
                each["confidence"] = value.confidence();
            }
            return each;
        });
        if (attribute.has_hint()) {
            row["hint"] = attribute.hint();
        }
        row["is_persistent"] = attribute.is_persistent();
        row["is_hidden"] = attribute.is_hidden();
        return row;
    }

    Json object_json(const savant::Object& object) const {
        Json row{{"id", object.id()}};
        row["parent_id"] = object.has_parent_id() ? Json(object.parent_id()) : Json(nullptr);
        row["namespace"] = object.namespace_();
        row["label"] = object.label();
        if (object.has_draw_label()) {
            row["draw_label"] = object.draw_label();
        }
        row["confidence"] = object.has_confidence() ? Json(object.confidence()) : Json(nullptr);
        const auto& box = object.detection_box();
        // Doubles hold the halves exactly.
        const double left = box.xc() - static_cast<double>(box.width()) / 2;
        const double top = box.yc() - static_cast<double>(box.height()) / 2;
        row["box"] = Json::array({left, top, box.width(), box.height()});
        if (box.has_angle()) {
            row["angle"] = box.angle();
        }
        row["track_id"] = object.has_track_id() ? Json(object.track_id()) : Json(nullptr);
        if (object.has_track_box()) {
            row["track_box"] = box_json(object.track_box());
        }
        row["attributes"] =
            array_of(object.attributes(), [this](const auto& each) { return attribute_json(each); });
        return row;
    }

    Json frame_json(const savant::Frame& frame) const {
        Json row;
        row["source_id"] = frame.source_id();
        row["uuid"] = frame.uuid();
        row["creation_time_ns"] = creation_time(frame);
        row["framerate"] = frame.framerate();
        row["width"] = frame.width();
        row["height"] = frame.height();
        row["codec"] = frame.has_codec() ? Json(frame.codec()) : Json(nullptr);
        row["keyframe"] = frame.has_keyframe() ? Json(frame.keyframe()) : Json(nullptr);
        row["time_base"] = Json::array({frame.time_base_numerator(), frame.time_base_denominator()});
        row["pts"] = frame.pts();
        row["dts"] = frame.has_dts() ? Json(frame.dts()) : Json(nullptr);
        row["duration"] = frame.has_duration() ? Json(frame.duration()) : Json(nullptr);
        row["transformations"] = array_of(frame.transformations(), transformation_json);
        row["attributes"] =
            array_of(frame.attributes(), [this](const auto& each) { return attribute_json(each); });
        row["objects"] = array_of(frame.objects(), [this](const auto& each) { return object_json(each); });
        return row;
    }

    Json update_json(const savant::Update& update) const {
        return {
            {"attributes",
             array_of(update.frame_attributes(), [this](const auto& each) { return attribute_json(each); })},
            {"object_attributes", array_of(update.object_attributes(),
                                           [this](const auto& each) {
                                               return Json{{"object_id", each.object_id()},
                                                           {"attribute", attribute_json(each.attribute())}};
                                           })},
            {"objects", array_of(update.objects(), [this](const auto& each) {
                 auto row = object_json(each.object());
                 row["parent_id"] = each.has_parent_id() ? Json(each.parent_id()) : Json(nullptr);
                 return row;
             })}};
    }

    Json batch_json(const savant::Batch& batch) const {
        // By ascending id, as an envelope has them.
        const std::map<std::int64_t, savant::Frame> frames(batch.frames().begin(), batch.frames().end());
        Json array = Json::array();
        for (const auto& [id, frame] : frames) {
            Json row{{"batch_id", id}};
            row.update(frame_json(frame));
            array.push_back(std::move(row));
        }
        return {{"frames", std::move(array)}};
    }

    Json content_of(const savant::Message& message) const {
        switch (message.content_case()) {
            case savant::Message::kVideoFrame:
                return frame_json(message.video_frame());
            case savant::Message::kVideoFrameBatch:
                return batch_json(message.video_frame_batch());
            case savant::Message::kVideoFrameUpdate:
                return update_json(message.video_frame_update());
            case savant::Message::kUserData:
                return {{"attributes", array_of(message.user_data().attributes(),
                                                [this](const auto& each) { return attribute_json(each); })}};
            default:
                return Json::object();
        }
    }

    BytesAs bytes_;
};

}  // namespace

Json savant_fields(std::string_view message, BytesAs bytes) {
    savant::Message parsed;
    if (!parsed.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
        return Json::object();
    }
    Json row;
    row["protocol_version"] = parsed.protocol_version();
    if (!parsed.system_id().empty()) {
        row["system_id"] = parsed.system_id();
    }
    row["routing_labels"] = array_of(parsed.routing_labels());
    Json context = Json::object();
    for (const auto& entry : parsed.propagated_context()) {
        context[entry.key()] = entry.value();
    }
    row["trace_context"] = std::move(context);
    row.update(Writer(bytes).content(parsed));
    return row;
}

}  // namespace framebridge::metadata
