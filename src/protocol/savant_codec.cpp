#include "protocol/savant_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <vector>

#include "protocol/decode_error.h"
#include "protocol/splice.h"
#include "protocol/wire_reader.h"

// Of savant's messages (proto/savant.proto) this reads what an adapter needs, by the fields' numbers. The
// cost is that of stepping over the top level's fields, whatever is in them.
namespace framebridge::protocol::savant {

namespace {

using google::protobuf::io::CodedOutputStream;

namespace message_field {
enum : std::uint32_t {
    protocol_version = 1,
    routing_labels,
    propagated_context,
    seq_id,
    video_frame,
    video_frame_batch,
    video_frame_update,
    user_data,
    end_of_stream,
    unknown,
    shutdown,
    system_id = 20
};
}
namespace batch_field {
enum : std::uint32_t { entry = 1 };
}
namespace entry_field {
enum : std::uint32_t { key = 1, value };
}
namespace context_field {
enum : std::uint32_t { key = 1, value };
}
namespace frame_field {
enum : std::uint32_t {
    source_id = 2,
    uuid,
    creation_time_low = 5,
    keyframe = 11,
    internal = 17,
    external,
    none
};
}
namespace external_field {
enum : std::uint32_t { method = 1, location };
}

constexpr std::string_view attached_method = "zeromq";
constexpr std::string_view reference_method = "redis";
constexpr std::string_view trace_parent_key = "traceparent";

struct External {
    std::string_view method;
    std::string_view location;
};

void read_external(std::string_view message, const WireReader::Range& range, External& external) {
    WireReader reader(message, range.begin, range.end);
    while (!reader.at_end()) {
        const WireReader::Field field = reader.next();
        switch (field.number) {
            case external_field::method:
                external.method = reader.bytes(field);
                break;
            case external_field::location:
                external.location = reader.bytes(field);
                break;
            default:
                reader.skip(field);
        }
    }
}

Content to_content(const External& external) {
    if (external.method == attached_method) {
        return AttachedContent{};
    }
    if (external.method == reference_method) {
        const std::size_t slash = std::min(external.location.find('/'), external.location.size());
        const std::string_view key = external.location.substr(std::min(slash + 1, external.location.size()));
        return ContentReference{external.location.substr(0, slash), key, std::nullopt, {}};
    }
    return ForeignContent{external.method, external.location};
}

std::size_t add_length(const WireReader::Range& range, std::size_t outer, Envelope& envelope) {
    envelope.splicing.lengths.push_back({range.length_begin, range.begin, range.end - range.begin, outer});
    return envelope.splicing.lengths.size() - 1;
}

Frame read_frame(const WireReader::Range& range, std::size_t outer, Envelope& envelope) {
    Frame frame;
    frame.place = {range.end, range.end, add_length(range, outer, envelope)};
    External external;
    std::uint32_t content_field = 0;
    WireReader reader(envelope.message, range.begin, range.end);
    while (!reader.at_end()) {
        const WireReader::Field field = reader.next();
        switch (field.number) {
            case frame_field::source_id:
                frame.source_id = reader.bytes(field);
                break;
            case frame_field::uuid:
                frame.uuid = reader.bytes(field);
                break;
            case frame_field::keyframe:
                frame.keyframe = reader.varint(field) != 0;
                break;
            // The upper half of the 128 bits is 0 for the next centuries.
            case frame_field::creation_time_low:
                frame.creation_time_ns = static_cast<std::int64_t>(reader.varint(field));
                break;
            case frame_field::internal:
            case frame_field::external:
            case frame_field::none: {
                const WireReader::Range content = reader.range(field);
                if (content_field != 0) {
                    envelope.splicing.superseded.push_back(frame.place);
                }
                frame.place.begin = field.begin;
                frame.place.end = content.end;
                if (field.number == frame_field::external) {
                    // Protobuf merges messages that follow one another in the same place of a oneof.
                    external = content_field == frame_field::external ? external : External{};
                    read_external(envelope.message, content, external);
                    frame.content = to_content(external);
                } else if (field.number == frame_field::internal) {
                    frame.content =
                        InlineContent{envelope.message.substr(content.begin, content.end - content.begin)};
                } else {
                    frame.content = NoContent{};
                }
                content_field = field.number;
                break;
            }
            default:
                reader.skip(field);
        }
    }
    return frame;
}

void read_batch_entry(const WireReader::Range& range, std::size_t outer, Envelope& envelope) {
    const std::size_t length = add_length(range, outer, envelope);
    std::int64_t batch_id = 0;
    std::optional<Frame> frame;
    WireReader reader(envelope.message, range.begin, range.end);
    while (!reader.at_end()) {
        const WireReader::Field field = reader.next();
        switch (field.number) {
            case entry_field::key:
                batch_id = static_cast<std::int64_t>(reader.varint(field));
                break;
            case entry_field::value:
                if (frame) {
                    throw DecodeError{"a batch's entry has more than one frame", field.begin};
                }
                frame = read_frame(reader.range(field), length, envelope);
                break;
            default:
                reader.skip(field);
        }
    }
    if (!frame) {
        throw DecodeError{"a batch's entry has no frame", range.begin};
    }
    frame->batch_id = batch_id;
    envelope.frames.push_back(*frame);
    if (envelope.frames.size() > max_batch_frames) {
        throw DecodeError{"a batch has more than " + std::to_string(max_batch_frames) + " frames",
                          range.begin};
    }
}

void read_batch(const WireReader::Range& range, Envelope& envelope) {
    const std::size_t length = add_length(range, detail::EnclosingLength::none, envelope);
    WireReader reader(envelope.message, range.begin, range.end);
    while (!reader.at_end()) {
        const WireReader::Field field = reader.next();
        if (field.number == batch_field::entry) {
            read_batch_entry(reader.range(field), length, envelope);
        } else {
            reader.skip(field);
        }
    }
}

// The first field of the small messages (UserData, EndOfStream: source_id; Shutdown: auth).
std::string_view read_first_field(std::string_view message, const WireReader::Range& range) {
    std::string_view value;
    WireReader reader(message, range.begin, range.end);
    while (!reader.at_end()) {
        const WireReader::Field field = reader.next();
        if (field.number == 1) {
            value = reader.bytes(field);
        } else {
            reader.skip(field);
        }
    }
    return value;
}

void read_context_entry(std::string_view message, const WireReader::Range& range, Envelope& envelope) {
    std::string_view key;
    std::string_view value;
    WireReader reader(message, range.begin, range.end);
    while (!reader.at_end()) {
        const WireReader::Field field = reader.next();
        switch (field.number) {
            case context_field::key:
                key = reader.bytes(field);
                break;
            case context_field::value:
                value = reader.bytes(field);
                break;
            default:
                reader.skip(field);
        }
    }
    if (key == trace_parent_key) {
        envelope.trace_parent = value;
    }
}

void append_varint(std::string& out, std::uint64_t value) {
    std::array<std::uint8_t, 10> bytes{};  // as many as a varint can have
    const std::uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, bytes.data());
    out.append(bytes.begin(), bytes.begin() + (end - bytes.data()));
}

void append_bytes_header(std::string& out, std::uint32_t number, std::size_t size) {
    append_varint(out, (number << 3U) | WireReader::bytes_type);
    append_varint(out, size);
}

void append_external(std::string& out, std::string_view method,
                     std::optional<std::string_view> store_or_location,
                     std::optional<std::string_view> key = std::nullopt) {
    std::string body;
    body.reserve(usual_head);
    append_bytes_header(body, external_field::method, method.size());
    body.append(method);
    if (store_or_location) {
        append_bytes_header(body, external_field::location,
                            store_or_location->size() + (key ? 1 + key->size() : 0));
        body.append(*store_or_location);
        if (key) {
            body.append(1, '/').append(*key);
        }
    }
    append_bytes_header(out, frame_field::external, body.size());
    out.append(body);
}

struct ContentEncoder {
    Splice& splice;

    void operator()(const NoContent& /*content*/) const {
        append_bytes_header(splice.head, frame_field::none, 0);
    }
    void operator()(const InlineContent& content) const {
        append_bytes_header(splice.head, frame_field::internal, content.bytes.size());
        splice.payload = content.bytes;
    }
    void operator()(const AttachedContent& /*content*/) const {
        append_external(splice.head, attached_method, std::nullopt);
    }
    void operator()(const ContentReference& content) const {
        append_external(splice.head, reference_method, content.store, content.key);
    }
    void operator()(const ForeignContent& content) const {
        append_external(splice.head, content.method, content.location);
    }
};

}  // namespace

void decode(std::string_view message, Envelope& envelope) {
    if (message.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw DecodeError{"the message is larger than protobuf's 2 GiB", 0};
    }
    bool has_content = false;
    bool has_unknown_field = false;
    WireReader reader(message, 0, message.size());
    while (!reader.at_end()) {
        const WireReader::Field field = reader.next();
        if (field.number == message_field::seq_id) {
            envelope.sequence_number = reader.varint(field);
            continue;
        }
        if (field.number == message_field::propagated_context) {
            read_context_entry(message, reader.range(field), envelope);
            continue;
        }
        if (field.number < message_field::video_frame || field.number > message_field::shutdown) {
            has_unknown_field = has_unknown_field || (field.number > message_field::shutdown &&
                                                      field.number != message_field::system_id);
            reader.skip(field);
            continue;
        }
        if (has_content) {
            throw DecodeError{"the message has more than one content", field.begin};
        }
        has_content = true;
        const WireReader::Range range = reader.range(field);
        switch (field.number) {
            case message_field::video_frame:
                envelope.kind = MessageKind::video_frame;
                envelope.frames.push_back(read_frame(range, detail::EnclosingLength::none, envelope));
                envelope.source_id = envelope.frames.front().source_id;
                break;
            case message_field::video_frame_batch:
                envelope.kind = MessageKind::video_frame_batch;
                read_batch(range, envelope);
                break;
            case message_field::video_frame_update:
                envelope.kind = MessageKind::video_frame_update;
                break;
            case message_field::user_data:
                envelope.kind = MessageKind::user_data;
                envelope.source_id = read_first_field(message, range);
                break;
            case message_field::end_of_stream:
                envelope.kind = MessageKind::end_of_stream;
                envelope.source_id = read_first_field(message, range);
                break;
            case message_field::shutdown:
                envelope.kind = MessageKind::shutdown;
                envelope.shutdown_auth = read_first_field(message, range);
                break;
            default:
                envelope.kind = MessageKind::unknown;
        }
    }
    // A later version's content is a field that this one does not know. savant_rs panics without any.
    if (!has_content && !has_unknown_field) {
        throw DecodeError{"the message has no content: it is cut off, or not a message of savant_rs",
                          message.size()};
    }
}

void rewrite(const Envelope& envelope, std::span<const std::optional<Content>> contents, std::string& out) {
    std::vector<Splice> splices;
    splices.reserve(envelope.frames.size() + envelope.splicing.superseded.size() +
                    envelope.splicing.lengths.size());
    // By how much the bytes that a length counts grow, and whether its frame's content is replaced.
    struct Change {
        std::size_t growth = 0;  // modulo 2^n: contents shrink as well
        bool replaced = false;
    };
    std::vector<Change> changes(envelope.splicing.lengths.size());
    const auto replace = [&](const detail::ContentPlace& place, Splice splice) {
        splice.begin = place.begin;
        splice.end = place.end;
        changes[place.length].growth += splice.size() - (place.end - place.begin);
        splices.push_back(std::move(splice));
    };
    for (std::size_t i = 0; i < envelope.frames.size(); ++i) {
        if (contents[i]) {
            Splice splice;
            splice.head.reserve(usual_head);
            std::visit(ContentEncoder{splice}, *contents[i]);
            const detail::ContentPlace& place = envelope.frames[i].place;
            changes[place.length].replaced = true;
            replace(place, std::move(splice));
        }
    }
    for (const detail::ContentPlace& place : envelope.splicing.superseded) {
        if (changes[place.length].replaced) {
            replace(place, {});
        }
    }
    for (std::size_t i = changes.size(); i-- > 0;) {
        const detail::EnclosingLength& length = envelope.splicing.lengths[i];
        std::size_t growth = changes[i].growth;
        if (growth != 0) {
            Splice splice{length.begin, length.end, {}, {}};
            append_varint(splice.head, length.value + growth);
            growth += splice.size() - (length.end - length.begin);
            splices.push_back(std::move(splice));
        }
        if (length.outer != detail::EnclosingLength::none) {
            changes[length.outer].growth += growth;
        }
    }
    apply_splices(envelope.message, splices, out);
}

}  // namespace framebridge::protocol::savant
