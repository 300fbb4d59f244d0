#include <initializer_list>
#include <limits>
#include <optional>

#include "protocol/decode_error.h"
#include "protocol/msgpack_reader.h"
#include "protocol/msgpack_writer.h"
#include "protocol/native_codec.h"
#include "protocol/native_content.h"
#include "protocol/native_keys.h"

namespace framebridge::protocol::native {

namespace {

using Texts = std::map<std::string, std::string>;

void write_texts(MsgpackWriter& writer, std::string_view key, const Texts& texts) {
    writer.text(key);
    writer.map(texts.size());
    for (const auto& [name, text] : texts) {
        writer.text(name);
        writer.text(text);
    }
}

void begin_message(MsgpackWriter& writer, std::size_t optional_entries, MessageKind kind,
                   std::string_view source_id, std::uint64_t sequence_number) {
    writer.map(4 + optional_entries);
    writer.text(key::framebridge);
    writer.unsigned_integer(version);
    writer.text(key::kind);
    writer.text(to_string(kind));
    writer.text(key::source_id);
    writer.text(source_id);
    writer.text(key::sequence_number);
    writer.unsigned_integer(sequence_number);
}

std::size_t count(std::initializer_list<bool> present) {
    std::size_t number = 0;
    for (const bool one : present) {
        number += one ? 1 : 0;
    }
    return number;
}

void write_integer(MsgpackWriter& writer, std::string_view key, std::int64_t value) {
    writer.text(key);
    writer.integer(value);
}

Texts read_texts(MsgpackReader& reader) {
    Texts texts;
    for (std::uint32_t entries = reader.map(); entries > 0; --entries) {
        if (!reader.at_text()) {
            reader.skip();
            reader.skip();
            continue;
        }
        const std::string_view name = reader.text();
        if (reader.at_text()) {
            texts.insert_or_assign(std::string(name), std::string(reader.text()));
        } else {
            reader.skip();
        }
    }
    return texts;
}

std::int32_t read_int32(MsgpackReader& reader) {
    const std::size_t begin = reader.offset();
    const std::int64_t value = reader.integer();
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
        throw DecodeError{"an integer of 32 bits is expected", begin};
    }
    return static_cast<std::int32_t>(value);
}

TimeBase read_time_base(MsgpackReader& reader) {
    const std::size_t begin = reader.offset();
    if (reader.array() != 2) {
        throw DecodeError{"a time base is an array of two integers", begin};
    }
    const std::int32_t numerator = read_int32(reader);
    return {numerator, read_int32(reader)};
}

}  // namespace

std::string encode(const VideoFrame& frame) {
    std::string out;
    MsgpackWriter writer(out);
    const std::size_t optional_entries =
        count({frame.codec.has_value(), frame.codec_extradata.has_value(), frame.keyframe.has_value(),
               frame.hidden, frame.dts.has_value(), frame.duration.has_value(), !frame.framerate.empty(),
               !frame.attributes.empty(), !frame.trace_context.empty()});
    begin_message(writer, 7 + optional_entries, MessageKind::video_frame, frame.source_id,
                  frame.sequence_number);
    writer.text(key::uuid);
    writer.text(frame.uuid);
    write_integer(writer, key::creation_time, frame.creation_time_ns);
    if (!frame.framerate.empty()) {
        writer.text(key::framerate);
        writer.text(frame.framerate);
    }
    write_integer(writer, key::width, frame.width);
    write_integer(writer, key::height, frame.height);
    if (frame.codec) {
        writer.text(key::codec);
        writer.text(*frame.codec);
    }
    if (frame.keyframe) {
        writer.text(key::keyframe);
        writer.boolean(*frame.keyframe);
    }
    if (frame.hidden) {
        writer.text(key::hidden);
        writer.boolean(true);
    }
    writer.text(key::time_base);
    writer.array(2);
    writer.integer(frame.time_base.numerator);
    writer.integer(frame.time_base.denominator);
    write_integer(writer, key::pts, frame.pts);
    if (frame.dts) {
        write_integer(writer, key::dts, *frame.dts);
    }
    if (frame.duration) {
        write_integer(writer, key::duration, *frame.duration);
    }
    writer.text(key::content);
    out.append(write_content(frame.content, out));
    if (frame.codec_extradata) {
        writer.text(key::codec_extradata);
        writer.binary(*frame.codec_extradata);
    }
    if (!frame.attributes.empty()) {
        write_texts(writer, key::attributes, frame.attributes);
    }
    if (!frame.trace_context.empty()) {
        write_texts(writer, key::trace_context, frame.trace_context);
    }
    return out;
}

std::string encode(const EndOfStream& end_of_stream) {
    std::string out;
    MsgpackWriter writer(out);
    begin_message(writer, end_of_stream.answers ? 1 : 0, MessageKind::end_of_stream, end_of_stream.source_id,
                  end_of_stream.sequence_number);
    if (end_of_stream.answers) {
        writer.text(key::answers);
        writer.unsigned_integer(1);
    }
    return out;
}

std::string encode(const UserData& user_data) {
    std::string out;
    MsgpackWriter writer(out);
    begin_message(writer, 1, MessageKind::user_data, user_data.source_id, user_data.sequence_number);
    write_texts(writer, key::attributes, user_data.attributes);
    return out;
}

namespace {

/// The value of an optional key; of a wrong type, it is skipped and counted.
template <typename Target, typename Read>
void read_optional(MsgpackReader& reader, VideoFrame& frame, Target& target, Read read) {
    const std::size_t begin = reader.offset();
    try {
        target = read(reader);
    } catch (const DecodeError&) {
        reader = reader.at(begin);
        reader.skip();
        ++frame.skipped_keys;
    }
}

void read_entry(MsgpackReader& reader, std::string_view key, VideoFrame& frame,
                std::optional<TimeBase>& time_base, std::optional<std::int64_t>& pts) {
    const auto text = [](MsgpackReader& from) { return std::string(from.text()); };
    const auto integer = [](MsgpackReader& from) { return from.integer(); };
    if (key == key::source_id) {
        frame.source_id = reader.text();
    } else if (key == key::uuid) {
        frame.uuid = reader.text();
    } else if (key == key::sequence_number) {
        read_optional(reader, frame, frame.sequence_number,
                      [](auto& from) { return from.unsigned_integer(); });
    } else if (key == key::creation_time) {
        read_optional(reader, frame, frame.creation_time_ns, integer);
    } else if (key == key::framerate) {
        read_optional(reader, frame, frame.framerate, text);
    } else if (key == key::width) {
        read_optional(reader, frame, frame.width, integer);
    } else if (key == key::height) {
        read_optional(reader, frame, frame.height, integer);
    } else if (key == key::codec) {
        read_optional(reader, frame, frame.codec, text);
    } else if (key == key::codec_extradata) {
        read_optional(reader, frame, frame.codec_extradata,
                      [](auto& from) { return std::string(from.binary()); });
    } else if (key == key::keyframe) {
        read_optional(reader, frame, frame.keyframe, [](auto& from) { return from.boolean(); });
    } else if (key == key::hidden) {
        read_optional(reader, frame, frame.hidden, [](auto& from) { return from.boolean(); });
    } else if (key == key::time_base) {
        read_optional(reader, frame, time_base, read_time_base);
    } else if (key == key::pts) {
        read_optional(reader, frame, pts, integer);
    } else if (key == key::dts) {
        read_optional(reader, frame, frame.dts, integer);
    } else if (key == key::duration) {
        read_optional(reader, frame, frame.duration, integer);
    } else if (key == key::attributes) {
        read_optional(reader, frame, frame.attributes, read_texts);
    } else if (key == key::trace_context) {
        read_optional(reader, frame, frame.trace_context, read_texts);
    } else {
        reader.skip();
    }
}

}  // namespace

void decode_video_frame(const Envelope& envelope, VideoFrame& frame) {
    MsgpackReader reader(envelope.message);
    std::optional<TimeBase> time_base;
    std::optional<std::int64_t> pts;
    for (std::uint32_t entries = reader.map(); entries > 0; --entries) {
        const std::string_view key = reader.text();
        if (!reader.nil()) {  // nil: as if the key were not there
            read_entry(reader, key, frame, time_base, pts);
        }
    }
    if (!time_base || !pts) {
        throw DecodeError{"the frame has no usable `pts` or no usable `time_base`", 0};
    }
    frame.time_base = *time_base;
    frame.pts = *pts;
    frame.content = envelope.frames.front().content;
}

}  // namespace framebridge::protocol::native
