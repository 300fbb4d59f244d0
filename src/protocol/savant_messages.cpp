#include <savant.pb.h>

#include <variant>

#include "protocol/decode_error.h"
#include "protocol/savant_codec.h"

namespace framebridge::protocol::savant {

namespace {

// What savant has no field for travels as attributes of our namespace.
constexpr const char* attribute_namespace = "framebridge";
constexpr const char* extradata_attribute = "codec_extradata";
constexpr const char* hidden_attribute = "hidden";
// The file that a frame was read from: an attribute of Savant's own sources.
constexpr const char* savants_namespace = "default";
constexpr const char* location_attribute = "location";

struct ContentSetter {
    wire::VideoFrame& frame;

    void operator()(const NoContent& /*content*/) const { frame.mutable_none(); }
    void operator()(const InlineContent& content) const {
        frame.set_internal(content.bytes.data(), content.bytes.size());
    }
    void operator()(const AttachedContent& /*content*/) const { set_external("zeromq"); }
    void operator()(const ContentReference& content) const {
        set_external("redis").set_location(std::string(content.store) + '/' + std::string(content.key));
    }
    void operator()(const ForeignContent& content) const {
        set_external(content.method).set_location(std::string(content.location));
    }
    wire::ExternalFrame& set_external(std::string_view method) const {
        frame.mutable_external()->set_method(std::string(method));
        return *frame.mutable_external();
    }
};

wire::AttributeValue& add_attribute(google::protobuf::RepeatedPtrField<wire::Attribute>& attributes,
                                    const std::string& name) {
    wire::Attribute& attribute = *attributes.Add();
    attribute.set_namespace_(name == location_attribute ? savants_namespace : attribute_namespace);
    attribute.set_name(name);
    attribute.set_is_persistent(true);  // else a pipeline's next stage drops it
    return *attribute.add_values();
}

void add_attributes(google::protobuf::RepeatedPtrField<wire::Attribute>& attributes,
                    const std::map<std::string, std::string>& texts) {
    for (const auto& [name, text] : texts) {
        add_attribute(attributes, name).mutable_string()->set_data(text);
    }
}

wire::Message make_message(std::uint64_t sequence_number, std::string_view protocol_version) {
    wire::Message message;
    message.set_protocol_version(std::string(protocol_version));
    message.set_seq_id(sequence_number);
    return message;
}

void read_attribute(const wire::Attribute& attribute, VideoFrame& frame) {
    const bool is_location =
        attribute.namespace_() == savants_namespace && attribute.name() == location_attribute;
    if ((attribute.namespace_() != attribute_namespace && !is_location) || attribute.values().empty()) {
        return;
    }
    const wire::AttributeValue& value = attribute.values(0);
    if (value.has_string() && attribute.name() == hidden_attribute) {
        frame.hidden = value.string().data() == "true";
    } else if (value.has_string()) {
        frame.attributes[attribute.name()] = value.string().data();
    } else if (value.has_bytes() && attribute.name() == extradata_attribute) {
        frame.codec_extradata = value.bytes().data();
    }
}

}  // namespace

std::string encode(const VideoFrame& frame, std::string_view protocol_version) {
    wire::Message message = make_message(frame.sequence_number, protocol_version);
    for (const auto& [key, value] : frame.trace_context) {
        wire::ContextEntry& entry = *message.add_propagated_context();
        entry.set_key(key);
        entry.set_value(value);
    }
    wire::VideoFrame& out = *message.mutable_video_frame();
    out.set_source_id(frame.source_id);
    out.set_uuid(frame.uuid);
    out.set_creation_timestamp_ns_low(static_cast<std::uint64_t>(frame.creation_time_ns));
    out.set_framerate(frame.framerate);
    out.set_width(frame.width);
    out.set_height(frame.height);
    if (frame.codec) {
        out.set_codec(*frame.codec);
    }
    if (frame.keyframe) {
        out.set_keyframe(*frame.keyframe);
    }
    out.set_time_base_numerator(frame.time_base.numerator);
    out.set_time_base_denominator(frame.time_base.denominator);
    out.set_pts(frame.pts);
    if (frame.dts) {
        out.set_dts(*frame.dts);
    }
    if (frame.duration) {
        out.set_duration(*frame.duration);
    }
    std::visit(ContentSetter{out}, frame.content);
    if (frame.width > 0 && frame.height > 0) {
        wire::InitialSize& size = *out.add_transformations()->mutable_initial_size();
        size.set_width(static_cast<std::uint64_t>(frame.width));
        size.set_height(static_cast<std::uint64_t>(frame.height));
    }
    if (frame.codec_extradata) {
        wire::BytesValue& value =
            *add_attribute(*out.mutable_attributes(), extradata_attribute).mutable_bytes();
        value.add_dims(static_cast<std::int64_t>(frame.codec_extradata->size()));
        value.set_data(*frame.codec_extradata);
    }
    if (frame.hidden) {
        add_attribute(*out.mutable_attributes(), hidden_attribute).mutable_string()->set_data("true");
    }
    add_attributes(*out.mutable_attributes(), frame.attributes);
    return message.SerializeAsString();
}

std::string encode(const EndOfStream& end_of_stream, std::string_view protocol_version) {
    wire::Message message = make_message(end_of_stream.sequence_number, protocol_version);
    message.mutable_end_of_stream()->set_source_id(end_of_stream.source_id);
    return message.SerializeAsString();
}

std::string encode(const UserData& user_data, std::string_view protocol_version) {
    wire::Message message = make_message(user_data.sequence_number, protocol_version);
    message.mutable_user_data()->set_source_id(user_data.source_id);
    add_attributes(*message.mutable_user_data()->mutable_attributes(), user_data.attributes);
    return message.SerializeAsString();
}

void decode_video_frame(const Envelope& envelope, VideoFrame& frame) {
    wire::Message message;
    if (!message.ParseFromArray(envelope.message.data(), static_cast<int>(envelope.message.size()))) {
        throw DecodeError{"the frame's fields are not those of savant's protobuf", 0};
    }
    const wire::VideoFrame& in = message.video_frame();
    frame.source_id = in.source_id();
    frame.uuid = in.uuid();
    frame.sequence_number = message.seq_id();
    frame.creation_time_ns = static_cast<std::int64_t>(in.creation_timestamp_ns_low());
    frame.framerate = in.framerate();
    frame.width = in.width();
    frame.height = in.height();
    if (in.has_codec()) {
        frame.codec = in.codec();
    }
    if (in.has_keyframe()) {
        frame.keyframe = in.keyframe();
    }
    frame.time_base = {in.time_base_numerator(), in.time_base_denominator()};
    frame.pts = in.pts();
    if (in.has_dts()) {
        frame.dts = in.dts();
    }
    if (in.has_duration()) {
        frame.duration = in.duration();
    }
    for (const wire::Attribute& attribute : in.attributes()) {
        read_attribute(attribute, frame);
    }
    for (const wire::ContextEntry& entry : message.propagated_context()) {
        frame.trace_context.insert_or_assign(entry.key(), entry.value());
    }
    frame.content = envelope.frames.front().content;
}

}  // namespace framebridge::protocol::savant
