#include "protocol/wire_reader.h"

#include <limits>
#include <string>

#include "protocol/decode_error.h"

namespace framebridge::protocol {

namespace {

// As deep as protobuf's own readers go into groups.
constexpr int max_group_depth = 100;

[[noreturn]] void fail(std::size_t offset, std::string reason) {
    throw DecodeError{std::move(reason), offset};
}

std::string name_of(const WireReader::Field& field) {
    return "field " + std::to_string(field.number);
}

}  // namespace

WireReader::WireReader(std::string_view message, std::size_t begin, std::size_t end)
    : message_(message),
      begin_(begin),
      end_(end),
      // The caller has made sure that a message's size fits an int: decode_savant().
      stream_(reinterpret_cast<const std::uint8_t*>(message.data()) + begin, static_cast<int>(end - begin)) {}

WireReader::Field WireReader::next() {
    const std::size_t begin = position();
    const std::uint64_t tag = raw_varint("a field's tag", begin);
    Field field{static_cast<std::uint32_t>(tag >> 3U), static_cast<std::uint32_t>(tag & 7U), begin};
    if (tag > std::numeric_limits<std::uint32_t>::max() || field.number == 0) {
        fail(begin, "a field's number is out of range");
    }
    if (field.type > fixed32_type) {
        fail(begin, name_of(field) + " has the unknown wire type " + std::to_string(field.type));
    }
    return field;
}

std::uint64_t WireReader::varint(const Field& field) {
    expect(field, varint_type);
    return raw_varint("a number", field.begin);
}

WireReader::Range WireReader::range(const Field& field) {
    expect(field, bytes_type);
    const std::size_t length_begin = position();
    const std::uint64_t length = raw_varint("a length", length_begin);
    const std::size_t begin = position();
    if (length > end_ - begin) {
        fail(field.begin, name_of(field) + " is longer than the message around it");
    }
    stream_.Skip(static_cast<int>(length));
    return {length_begin, begin, begin + length};
}

std::string_view WireReader::bytes(const Field& field) {
    const Range bytes = range(field);
    return message_.substr(bytes.begin, bytes.end - bytes.begin);
}

void WireReader::skip(const Field& field) {
    skip(field, 0);
}

void WireReader::skip(const Field& field, int depth) {
    switch (field.type) {
        case varint_type:
            raw_varint("a number", field.begin);
            return;
        case bytes_type:
            range(field);
            return;
        case fixed32_type:
        case fixed64_type: {
            const int size = field.type == fixed32_type ? 4 : 8;
            if (!stream_.Skip(size)) {
                fail(field.begin, name_of(field) + " is cut off");
            }
            return;
        }
        case group_begin:
            break;
        default:
            fail(field.begin, "a group ends that has not begun");
    }
    if (depth == max_group_depth) {
        fail(field.begin, "groups are nested too deep");
    }
    while (!at_end()) {
        const Field inner = next();
        if (inner.type == group_end) {
            if (inner.number != field.number) {
                fail(inner.begin, "another group ends than has begun");
            }
            return;
        }
        skip(inner, depth + 1);
    }
    fail(field.begin, "a group has no end");
}

void WireReader::expect(const Field& field, WireType type) {
    if (field.type != type) {
        fail(field.begin, name_of(field) + " has the wire type " + std::to_string(field.type) +
                              " instead of " + std::to_string(type));
    }
}

std::uint64_t WireReader::raw_varint(const char* what, std::size_t begin) {
    std::uint64_t value = 0;
    if (!stream_.ReadVarint64(&value)) {
        fail(begin, std::string(what) + " is cut off or too long");
    }
    return value;
}

}  // namespace framebridge::protocol
