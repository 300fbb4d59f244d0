#include "framebridge/protocol/answer.h"

#include "protocol/decode_error.h"
#include "protocol/msgpack_reader.h"
#include "protocol/msgpack_writer.h"
#include "protocol/native_keys.h"

namespace framebridge::protocol {

namespace {

namespace answer_key = native::answer_key;
namespace key = native::key;

void write_text(MsgpackWriter& writer, std::string_view key, std::string_view text) {
    writer.text(key);
    writer.text(text);
}

void write_number(MsgpackWriter& writer, std::string_view key, std::uint64_t number) {
    writer.text(key);
    writer.unsigned_integer(number);
}

std::string read_text(MsgpackReader& reader) {
    if (reader.at_text()) {
        return std::string(reader.text());
    }
    reader.skip();
    return {};
}

std::optional<std::uint64_t> read_number(MsgpackReader& reader) {
    if (reader.at_unsigned_integer()) {
        return reader.unsigned_integer();
    }
    reader.skip();
    return std::nullopt;
}

void read_entry(MsgpackReader& reader, std::string_view key, AnswerDetails& details, StreamCounts& stream) {
    if (key == answer_key::reason) {
        details.reason = read_text(reader);
    } else if (key == key::source_id) {
        details.source_id = read_text(reader);
    } else if (key == key::uuid) {
        details.uuid = read_text(reader);
    } else if (key == key::sequence_number) {
        details.sequence_number = read_number(reader);
    } else if (key == answer_key::messages) {
        stream.messages = read_number(reader).value_or(0);
        details.stream = stream;
    } else if (key == answer_key::kept) {
        stream.kept = read_number(reader).value_or(0);
    } else if (key == answer_key::refused) {
        stream.refused = read_number(reader).value_or(0);
    } else {
        reader.skip();
    }
}

}  // namespace

std::string encode(const AnswerDetails& details) {
    std::string out;
    MsgpackWriter writer(out);
    const auto one = [](bool present) { return present ? std::size_t{1} : std::size_t{0}; };
    writer.map(one(!details.reason.empty()) + one(!details.source_id.empty()) + one(!details.uuid.empty()) +
               one(details.sequence_number.has_value()) + 3 * one(details.stream.has_value()));
    if (!details.reason.empty()) {
        write_text(writer, answer_key::reason, details.reason);
    }
    if (!details.source_id.empty()) {
        write_text(writer, key::source_id, details.source_id);
    }
    if (!details.uuid.empty()) {
        write_text(writer, key::uuid, details.uuid);
    }
    if (details.sequence_number) {
        write_number(writer, key::sequence_number, *details.sequence_number);
    }
    if (details.stream) {
        write_number(writer, answer_key::messages, details.stream->messages);
        write_number(writer, answer_key::kept, details.stream->kept);
        write_number(writer, answer_key::refused, details.stream->refused);
    }
    return out;
}

AnswerDetails decode_answer(std::string_view map) {
    AnswerDetails details;
    StreamCounts stream;
    try {
        MsgpackReader reader(map);
        for (std::uint32_t entries = reader.map(); entries > 0; --entries) {
            if (reader.at_text()) {
                const std::string_view key = reader.text();
                read_entry(reader, key, details, stream);
            } else {
                reader.skip();
                reader.skip();
            }
        }
    } catch (const DecodeError&) {  // NOLINT(bugprone-empty-catch): what was read so far counts
    }
    if (details.stream) {
        details.stream = stream;
    }
    return details;
}

}  // namespace framebridge::protocol
