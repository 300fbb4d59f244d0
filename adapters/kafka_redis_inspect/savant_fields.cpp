#include <savant_message.pb.h>

#include <algorithm>
#include <array>
#include <map>

#include "kafka_redis_inspect/message_json.h"

namespace framebridge::inspect {

namespace {

template <typename Values, typename Convert>
Row array_of(const Values& values, const Convert& convert) {
    Row array = Row::array();
    for (const auto& value : values) {
        array.push_back(convert(value));
    }
    return array;
}

template <typename Values>
Row array_of(const Values& values) {
    return array_of(values, [](const auto& value) { return Row(value); });
}

Row box_json(const savant::Box& box) {
    Row row{{"xc", box.xc()}, {"yc", box.yc()}, {"width", box.width()}, {"height", box.height()}};
    if (box.has_angle()) {
        row["angle"] = box.angle();
    }
    return row;
}

Row point_json(const savant::Point& point) {
    return {{"x", point.x()}, {"y", point.y()}};
}

Row polygon_json(const savant::Polygon& polygon) {
    return {{"points", array_of(polygon.points(), point_json)},
            {"tags", array_of(polygon.tags().tags(), [](const auto& tag) {
                 return tag.has_tag() ? Row(tag.tag()) : Row(nullptr);
             })}};
}

Row intersection_json(const savant::Intersection& intersection) {
    constexpr std::array kinds{"enter", "inside", "leave", "cross", "outside"};
    const auto kind = static_cast<std::size_t>(std::max(0, intersection.kind()));
    return {{"kind", kind < kinds.size() ? Row(kinds.at(kind)) : Row(intersection.kind())},
            {"edges", array_of(intersection.edges(), [](const auto& edge) {
                 return Row{{"id", edge.id()}, {"tag", edge.has_tag() ? Row(edge.tag()) : Row(nullptr)}};
             })}};
}

Row value_json(const savant::AttributeValue& value) {
    switch (value.value_case()) {
        case savant::AttributeValue::kBytes:
            return {{"dims", array_of(value.bytes().dims())}, {"bytes", value.bytes().data().size()}};
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

Row attribute_json(const savant::Attribute& attribute) {
    Row row{{"namespace", attribute.namespace_()}, {"name", attribute.name()}};
    row["values"] = array_of(attribute.values(), [](const auto& value) {
        Row each{{"value", value_json(value)}};
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

Row object_json(const savant::Object& object) {
    Row row{{"id", object.id()}};
    row["parent_id"] = object.has_parent_id() ? Row(object.parent_id()) : Row(nullptr);
    row["namespace"] = object.namespace_();
    row["label"] = object.label();
    if (object.has_draw_label()) {
        row["draw_label"] = object.draw_label();
    }
    row["confidence"] = object.has_confidence() ? Row(object.confidence()) : Row(nullptr);
    const auto& box = object.detection_box();
    row["box"] =
        Row::array({box.xc() - box.width() / 2, box.yc() - box.height() / 2, box.width(), box.height()});
    if (box.has_angle()) {
        row["angle"] = box.angle();
    }
    row["track_id"] = object.has_track_id() ? Row(object.track_id()) : Row(nullptr);
    if (object.has_track_box()) {
        row["track_box"] = box_json(object.track_box());
    }
    row["attributes"] = array_of(object.attributes(), attribute_json);
    return row;
}

std::int64_t creation_time(const savant::Frame& frame) {
    // The upper half of the 128 bits is 0 for the next centuries.
    return static_cast<std::int64_t>(frame.creation_timestamp_ns_low());
}

Row frame_json(const savant::Frame& frame) {
    Row row;
    row["source_id"] = frame.source_id();
    row["uuid"] = frame.uuid();
    row["creation_time_ns"] = creation_time(frame);
    row["framerate"] = frame.framerate();
    row["width"] = frame.width();
    row["height"] = frame.height();
    row["codec"] = frame.has_codec() ? Row(frame.codec()) : Row(nullptr);
    row["keyframe"] = frame.has_keyframe() ? Row(frame.keyframe()) : Row(nullptr);
    row["time_base"] = Row::array({frame.time_base_numerator(), frame.time_base_denominator()});
    row["pts"] = frame.pts();
    row["dts"] = frame.has_dts() ? Row(frame.dts()) : Row(nullptr);
    row["duration"] = frame.has_duration() ? Row(frame.duration()) : Row(nullptr);
    row["attributes"] = array_of(frame.attributes(), attribute_json);
    row["objects"] = array_of(frame.objects(), object_json);
    return row;
}

Row update_json(const savant::Update& update) {
    return {{"attributes", array_of(update.frame_attributes(), attribute_json)},
            {"object_attributes", array_of(update.object_attributes(),
                                           [](const auto& each) {
                                               return Row{{"object_id", each.object_id()},
                                                          {"attribute", attribute_json(each.attribute())}};
                                           })},
            {"objects", array_of(update.objects(), [](const auto& each) {
                 auto row = object_json(each.object());
                 row["parent_id"] = each.has_parent_id() ? Row(each.parent_id()) : Row(nullptr);
                 return row;
             })}};
}

Row batch_json(const savant::Batch& batch) {
    // By ascending id, as an envelope has them.
    const std::map<std::int64_t, savant::Frame> frames(batch.frames().begin(), batch.frames().end());
    Row array = Row::array();
    for (const auto& [id, frame] : frames) {
        Row row{{"batch_id", id}};
        row.update(frame_json(frame));
        array.push_back(std::move(row));
    }
    return {{"frames", std::move(array)}};
}

Row content_of(const savant::Message& message) {
    switch (message.content_case()) {
        case savant::Message::kVideoFrame:
            return frame_json(message.video_frame());
        case savant::Message::kVideoFrameBatch:
            return batch_json(message.video_frame_batch());
        case savant::Message::kVideoFrameUpdate:
            return update_json(message.video_frame_update());
        case savant::Message::kUserData:
            return {{"attributes", array_of(message.user_data().attributes(), attribute_json)}};
        default:
            return Row::object();
    }
}

}  // namespace

Row savant_fields(std::string_view message) {
    savant::Message parsed;
    if (!parsed.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
        return Row::object();
    }
    Row row;
    row["protocol_version"] = parsed.protocol_version();
    if (!parsed.system_id().empty()) {
        row["system_id"] = parsed.system_id();
    }
    row["routing_labels"] = array_of(parsed.routing_labels());
    Row context = Row::object();
    for (const auto& entry : parsed.propagated_context()) {
        context[entry.key()] = entry.value();
    }
    row["trace_context"] = std::move(context);
    row.update(content_of(parsed));
    return row;
}

}  // namespace framebridge::inspect
