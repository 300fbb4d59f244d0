#include "protocol/message_head.h"

#include "protocol/decode_error.h"
#include "protocol/msgpack_reader.h"
#include "protocol/native_codec.h"
#include "protocol/native_keys.h"

namespace framebridge::protocol {

namespace {

namespace key = native::key;

std::string_view text_or_skip(MsgpackReader& reader) {
    if (reader.at_text()) {
        return reader.text();
    }
    reader.skip();
    return {};
}

std::optional<std::uint64_t> number_or_skip(MsgpackReader& reader) {
    if (reader.at_unsigned_integer()) {
        return reader.unsigned_integer();
    }
    reader.skip();
    return std::nullopt;
}

void read_entry(MsgpackReader& reader, std::string_view key, MessageHead& head) {
    if (key == key::kind) {
        head.kind = native::to_kind(text_or_skip(reader));
    } else if (key == key::source_id) {
        head.source_id = text_or_skip(reader);
    } else if (key == key::uuid) {
        head.uuid = text_or_skip(reader);
    } else if (key == key::sequence_number) {
        head.sequence_number = number_or_skip(reader);
    } else if (key == key::answers) {
        head.answers = number_or_skip(reader) == 1;
    } else {
        reader.skip();
    }
}

}  // namespace

MessageHead read_head(std::string_view message) {
    MessageHead head;
    head.native = native::recognizes(message);
    if (!head.native) {
        return head;
    }
    try {
        MsgpackReader reader(message);
        for (std::uint32_t entries = reader.map(); entries > 0; --entries) {
            const std::string_view key = text_or_skip(reader);
            read_entry(reader, key, head);
        }
    } catch (const DecodeError&) {  // NOLINT(bugprone-empty-catch): what was read so far counts
    }
    return head;
}

}  // namespace framebridge::protocol
