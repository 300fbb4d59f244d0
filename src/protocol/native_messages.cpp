#include <initializer_list>
#include <limits>

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
               frame.dts.has_value(), frame.duration.has_value(), !frame.framerate.empty(),
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
    begin_message(writer, 0, MessageKind::end_of_stream, end_of_stream.source_id,
                  end_of_stream.sequence_number);
    return out;
}

std::string encode(const UserData& user_data) {
    std::string out;
    MsgpackWriter writer(out);
    begin_message(writer, 1, MessageKind::user_data, user_data.source_id, user_data.sequence_number);
    write_texts(writer, key::attributes, user_data.attributes);
    return out;
}

void decode_video_frame(const Envelope& envelope, VideoFrame& frame) {
    MsgpackReader reader(envelope.message);
    bool has_time_base = false;
    bool has_pts = false;
    for (std::uint32_t entries = reader.map(); entries > 0; --entries) {
        const std::string_view key = reader.text();
        if (reader.nil()) {  // as if the key were not there
            continue;
        }
        if (key == key::source_id) {
            frame.source_id = reader.text();
        } else if (key == key::uuid) {
            frame.uuid = reader.text();
        } else if (key == key::sequence_number) {
            frame.sequence_number = reader.unsigned_integer();
        } else if (key == key::creation_time) {
            frame.creation_time_ns = reader.integer();
        } else if (key == key::framerate) {
            frame.framerate = reader.text();
        } else if (key == key::width) {
            frame.width = reader.integer();
        } else if (key == key::height) {
            frame.height = reader.integer();
        } else if (key == key::codec) {
            frame.codec = reader.text();
        } else if (key == key::codec_extradata) {
            frame.codec_extradata = reader.binary();
        } else if (key == key::keyframe) {
            frame.keyframe = reader.boolean();
        } else if (key == key::time_base) {
            frame.time_base = read_time_base(reader);
            has_time_base = true;
        } else if (key == key::pts) {
            frame.pts = reader.integer();
            has_pts = true;
        } else if (key == key::dts) {
            frame.dts = reader.integer();
        } else if (key == key::duration) {
            frame.duration = reader.integer();
        } else if (key == key::attributes) {
            frame.attributes = read_texts(reader);
        } else if (key == key::trace_context) {
            frame.trace_context = read_texts(reader);
        } else {
            reader.skip();
        }
    }
    if (!has_time_base || !has_pts) {
        throw DecodeError{"the frame has no `pts` or no `time_base`", 0};
    }
    frame.content = envelope.frames.front().content;
}

}  // namespace framebridge::protocol::native
