#include "protocol/native_codec.h"

#include <array>
#include <utility>
#include <vector>

#include "protocol/decode_error.h"
#include "protocol/msgpack_reader.h"
#include "protocol/native_content.h"
#include "protocol/native_keys.h"
#include "protocol/splice.h"

namespace framebridge::protocol::native {

namespace {

// The entries behind the first two, which say version and kind.
struct Header {
    MessageKind kind = MessageKind::unknown;
    std::uint32_t entries = 0;
};

Header read_header(MsgpackReader& reader) {
    const std::uint32_t entries = reader.map();
    if (entries < 2 || reader.text() != key::framebridge) {
        throw DecodeError{"the message does not begin with the key `framebridge`", 0};
    }
    const std::size_t version_offset = reader.offset();
    const std::uint64_t found = reader.unsigned_integer();
    if (found != version) {
        throw DecodeError{"unknown version " + std::to_string(found) +
                              " of the native format: this FrameBridge knows " + std::to_string(version),
                          version_offset};
    }
    if (const std::size_t offset = reader.offset(); reader.text() != key::kind) {
        throw DecodeError{"the message's second key is not `kind`", offset};
    }
    return {to_kind(reader.text()), entries - 2};
}

void require(bool present, std::string_view key, std::size_t offset) {
    if (!present) {
        throw DecodeError{"the required key `" + std::string(key) + "` is missing or empty", offset};
    }
}

// An optional key of a wrong type costs that key, not the message.
void skip_wrong_type(MsgpackReader& reader, Envelope& envelope) {
    if (!reader.nil()) {
        reader.skip();
        ++envelope.skipped_keys;
    }
}

// Of a trace's propagation fields, the one that names the trace.
std::string_view read_trace_parent(MsgpackReader& reader) {
    std::string_view trace_parent;
    for (std::uint32_t entries = reader.map(); entries > 0; --entries) {
        const bool has_text_key = reader.at_text();
        const std::string_view key = has_text_key ? reader.text() : std::string_view{};
        if (!has_text_key) {
            reader.skip();
        }
        if (key == key::trace_parent && reader.at_text()) {
            trace_parent = reader.text();
        } else {
            reader.skip();
        }
    }
    return trace_parent;
}

// The value of a key that all kinds of messages may have. False: it is another key.
bool read_common(MsgpackReader& reader, std::string_view key, Envelope& envelope) {
    if (key == key::trace_context && reader.at_map()) {
        envelope.trace_parent = read_trace_parent(reader);
        return true;
    }
    if (key != key::sequence_number && key != key::answers) {
        return false;
    }
    if (!reader.at_unsigned_integer()) {
        skip_wrong_type(reader, envelope);
    } else if (key == key::answers) {
        envelope.answers = reader.unsigned_integer() == 1;
    } else {
        envelope.sequence_number = reader.unsigned_integer();
    }
    return true;
}

// A uuid becomes part of a store's key.
constexpr std::size_t max_uuid_bytes = 255;

enum class Place { message, batch };

// A frame's entries: those of its message, or of its map in a batch.
void read_frame(MsgpackReader& reader, std::uint32_t entries, Place place, Envelope& envelope) {
    const bool in_batch = place == Place::batch;
    const std::size_t begin = reader.offset();
    Frame frame;
    bool has_batch_id = !in_batch;
    for (; entries > 0; --entries) {
        const std::size_t key_offset = reader.offset();
        const std::string_view key = reader.text();
        if (key == key::source_id) {
            frame.source_id = reader.text();
        } else if (key == key::uuid) {
            frame.uuid = reader.text();
        } else if (key == key::keyframe) {
            if (reader.at_boolean()) {
                frame.keyframe = reader.boolean();
            } else {
                skip_wrong_type(reader, envelope);
            }
        } else if (key == key::creation_time && reader.at_unsigned_integer()) {
            frame.creation_time_ns = static_cast<std::int64_t>(reader.unsigned_integer());
        } else if (key == key::content) {
            if (frame.place.end != 0) {
                throw DecodeError{"a frame has more than one `content`", key_offset};
            }
            frame.place.begin = reader.offset();
            frame.content = read_content(reader, envelope.skipped_keys);
            frame.place.end = reader.offset();
        } else if (in_batch && key == key::batch_id) {
            frame.batch_id = reader.integer();
            has_batch_id = true;
        } else if (in_batch || !read_common(reader, key, envelope)) {
            reader.skip();
        }
    }
    require(has_batch_id, key::batch_id, begin);
    require(!frame.source_id.empty(), key::source_id, begin);
    require(!frame.uuid.empty(), key::uuid, begin);
    if (frame.uuid.size() > max_uuid_bytes) {
        throw DecodeError{"the `uuid` is longer than " + std::to_string(max_uuid_bytes) + " bytes", begin};
    }
    require(frame.place.end != 0, key::content, begin);
    envelope.frames.push_back(frame);
}

void read_optional_text(MsgpackReader& reader, std::string_view& target, Envelope& envelope) {
    if (reader.at_text()) {
        target = reader.text();
    } else {
        skip_wrong_type(reader, envelope);
    }
}

void read_batch(MsgpackReader& reader, std::uint32_t entries, Envelope& envelope) {
    const std::size_t begin = reader.offset();
    bool has_frames = false;
    for (; entries > 0; --entries) {
        const std::size_t key_offset = reader.offset();
        const std::string_view key = reader.text();
        if (key == key::source_id) {
            read_optional_text(reader, envelope.source_id, envelope);
            continue;
        }
        if (key != key::frames) {
            if (!read_common(reader, key, envelope)) {
                reader.skip();
            }
            continue;
        }
        if (has_frames) {
            throw DecodeError{"a batch has more than one `frames`", key_offset};
        }
        has_frames = true;
        for (std::uint32_t frames = reader.array(); frames > 0; --frames) {
            const std::uint32_t frame_entries = reader.map();
            read_frame(reader, frame_entries, Place::batch, envelope);
            if (envelope.frames.size() > max_batch_frames) {
                throw DecodeError{"a batch has more than " + std::to_string(max_batch_frames) + " frames",
                                  begin};
            }
        }
    }
    require(has_frames, key::frames, begin);
}

// The entries of the kinds that have no frame in them. Keys of a kind that is not known are not judged.
void read_others(MsgpackReader& reader, const Header& header, Envelope& envelope) {
    for (std::uint32_t entries = header.entries; entries > 0; --entries) {
        const std::string_view key = reader.text();
        if (key == key::source_id && header.kind != MessageKind::shutdown) {
            read_optional_text(reader, envelope.source_id, envelope);
        } else if (key == key::auth && header.kind == MessageKind::shutdown) {
            read_optional_text(reader, envelope.shutdown_auth, envelope);
        } else if (!read_common(reader, key, envelope)) {
            reader.skip();
        }
    }
}

}  // namespace

MessageKind to_kind(std::string_view name) {
    constexpr std::array known{
        MessageKind::video_frame, MessageKind::video_frame_batch, MessageKind::video_frame_update,
        MessageKind::user_data,   MessageKind::end_of_stream,     MessageKind::shutdown,
    };
    for (const MessageKind kind : known) {
        if (name == to_string(kind)) {
            return kind;
        }
    }
    return MessageKind::unknown;
}

bool begins_as_map(std::string_view message) {
    return MsgpackReader(message).at_map();
}

bool recognizes(std::string_view message) {
    MsgpackReader reader(message);
    if (!reader.at_map()) {
        return false;
    }
    try {
        return reader.map() > 0 && reader.at_text() && reader.text() == key::framebridge;
    } catch (const DecodeError&) {
        return false;
    }
}

void decode(std::string_view message, Envelope& envelope) {
    MsgpackReader reader(message);
    const Header header = read_header(reader);
    const std::size_t begin = reader.offset();
    envelope.kind = header.kind;
    switch (header.kind) {
        case MessageKind::video_frame:
            read_frame(reader, header.entries, Place::message, envelope);
            envelope.source_id = envelope.frames.front().source_id;
            break;
        case MessageKind::video_frame_batch:
            read_batch(reader, header.entries, envelope);
            break;
        default:
            read_others(reader, header, envelope);
    }
    if (header.kind == MessageKind::user_data || header.kind == MessageKind::end_of_stream) {
        require(!envelope.source_id.empty(), key::source_id, begin);
    }
    if (!reader.at_end()) {
        throw DecodeError{"there are bytes behind the message's end", reader.offset()};
    }
}

void rewrite(const Envelope& envelope, std::span<const std::optional<Content>> contents, std::string& out) {
    std::vector<Splice> splices;
    splices.reserve(envelope.frames.size());
    for (std::size_t i = 0; i < envelope.frames.size(); ++i) {
        if (contents[i]) {
            const detail::ContentPlace& place = envelope.frames[i].place;
            Splice splice{place.begin, place.end, {}, {}};
            splice.head.reserve(usual_head);
            splice.payload = write_content(*contents[i], splice.head);
            splices.push_back(std::move(splice));
        }
    }
    apply_splices(envelope.message, splices, out);
}

}  // namespace framebridge::protocol::native
