#include "protocol/msgpack_reader.h"

#include <limits>
#include <msgpack.hpp>
#include <optional>

#include "framebridge/protocol/envelope.h"

namespace framebridge {

namespace {

// What begins a value, of the msgpack specification's overview of formats.
namespace format {
enum : std::uint8_t {
    fixmap = 0x80,
    fixarray = 0x90,
    fixstr = 0xa0,
    nil = 0xc0,
    bin8 = 0xc4,
    bin16 = 0xc5,
    bin32 = 0xc6,
    str8 = 0xd9,
    str16 = 0xda,
    str32 = 0xdb,
    array16 = 0xdc,
    array32 = 0xdd,
    map16 = 0xde,
    map32 = 0xdf,
};
}

constexpr int max_depth = 100;

// Takes any single value in, and gives up on what is nested too deep.
struct SkipVisitor : msgpack::null_visitor {
    bool start_array(std::uint32_t /*size*/) { return ++depth <= max_depth; }
    bool end_array() { return --depth >= 0; }
    bool start_map(std::uint32_t /*size*/) { return ++depth <= max_depth; }
    bool end_map() { return --depth >= 0; }

    int depth = 0;
};

struct ScalarVisitor : msgpack::null_visitor {
    bool visit_positive_integer(std::uint64_t value) {
        positive = value;
        return true;
    }
    bool visit_negative_integer(std::int64_t value) {
        // The signed formats hold what is not negative, too.
        if (value >= 0) {
            positive = static_cast<std::uint64_t>(value);
        } else {
            negative = value;
        }
        return true;
    }
    bool visit_boolean(bool value) {
        boolean = value;
        return true;
    }
    bool start_array(std::uint32_t /*size*/) { return false; }
    bool start_map(std::uint32_t /*size*/) { return false; }

    std::optional<std::uint64_t> positive;
    std::optional<std::int64_t> negative;
    std::optional<bool> boolean;
};

}  // namespace

bool MsgpackReader::at_map() const {
    return !at_end() &&
           ((head() & 0xf0U) == format::fixmap || head() == format::map16 || head() == format::map32);
}

bool MsgpackReader::at_text() const {
    return !at_end() &&
           ((head() & 0xe0U) == format::fixstr || (head() >= format::str8 && head() <= format::str32));
}

std::uint32_t MsgpackReader::map() {
    if (!at_map()) {
        fail("a map is expected");
    }
    std::size_t size = head() & 0x0fU;
    std::size_t width = 0;
    if (head() == format::map16 || head() == format::map32) {
        width = head() == format::map16 ? 2 : 4;
        size = big_endian(offset_ + 1, width);
    }
    const std::size_t begin = offset_ + 1 + width;
    if (size > (message_.size() - begin) / 2) {
        fail("a map has more entries than there are bytes left");
    }
    offset_ = begin;
    return static_cast<std::uint32_t>(size);
}

std::uint32_t MsgpackReader::array() {
    const std::uint8_t first = head();
    std::size_t size = first & 0x0fU;
    std::size_t width = 0;
    if (first == format::array16 || first == format::array32) {
        width = first == format::array16 ? 2 : 4;
        size = big_endian(offset_ + 1, width);
    } else if ((first & 0xf0U) != format::fixarray) {
        fail("an array is expected");
    }
    const std::size_t begin = offset_ + 1 + width;
    if (size > message_.size() - begin) {
        fail("an array has more items than there are bytes left");
    }
    offset_ = begin;
    return static_cast<std::uint32_t>(size);
}

std::string_view MsgpackReader::text() {
    if (!at_text()) {
        fail("a string is expected");
    }
    switch (head()) {
        case format::str8:
            return take(offset_ + 2, big_endian(offset_ + 1, 1));
        case format::str16:
            return take(offset_ + 3, big_endian(offset_ + 1, 2));
        case format::str32:
            return take(offset_ + 5, big_endian(offset_ + 1, 4));
        default:
            return take(offset_ + 1, head() & 0x1fU);
    }
}

std::string_view MsgpackReader::binary() {
    switch (head()) {
        case format::bin8:
            return take(offset_ + 2, big_endian(offset_ + 1, 1));
        case format::bin16:
            return take(offset_ + 3, big_endian(offset_ + 1, 2));
        case format::bin32:
            return take(offset_ + 5, big_endian(offset_ + 1, 4));
        default:
            fail("binary data is expected");
    }
}

std::int64_t MsgpackReader::integer() {
    const std::size_t begin = offset_;
    ScalarVisitor visitor;
    parse(visitor);
    if (visitor.negative) {
        return *visitor.negative;
    }
    if (!visitor.positive || *visitor.positive > std::numeric_limits<std::int64_t>::max()) {
        throw DecodeError{"an integer of 64 bits is expected", begin};
    }
    return static_cast<std::int64_t>(*visitor.positive);
}

std::uint64_t MsgpackReader::unsigned_integer() {
    const std::size_t begin = offset_;
    ScalarVisitor visitor;
    parse(visitor);
    if (!visitor.positive) {
        throw DecodeError{"an integer that is not negative is expected", begin};
    }
    return *visitor.positive;
}

bool MsgpackReader::boolean() {
    const std::size_t begin = offset_;
    ScalarVisitor visitor;
    parse(visitor);
    if (!visitor.boolean) {
        throw DecodeError{"true or false is expected", begin};
    }
    return *visitor.boolean;
}

bool MsgpackReader::nil() {
    const bool is_nil = head() == format::nil;
    offset_ += is_nil ? 1 : 0;
    return is_nil;
}

void MsgpackReader::skip() {
    if (at_text()) {  // the most frequent value, and there is nothing for the parser to do
        text();
        return;
    }
    SkipVisitor visitor;
    parse(visitor);
}

std::uint8_t MsgpackReader::head() const {
    if (at_end()) {
        fail("the message is cut off");
    }
    return static_cast<std::uint8_t>(message_[offset_]);
}

std::size_t MsgpackReader::big_endian(std::size_t begin, std::size_t width) const {
    if (width > message_.size() - begin) {
        fail("the message is cut off");
    }
    std::size_t value = 0;
    for (const char byte : message_.substr(begin, width)) {
        value = value << 8U | static_cast<std::uint8_t>(byte);
    }
    return value;
}

std::string_view MsgpackReader::take(std::size_t begin, std::size_t size) {
    if (size > message_.size() - begin) {
        fail("a string or binary data is longer than the message");
    }
    offset_ = begin + size;
    return message_.substr(begin, size);
}

void MsgpackReader::fail(const char* reason) const {
    throw DecodeError{reason, offset_};
}

template <class Visitor>
void MsgpackReader::parse(Visitor& visitor) {
    std::size_t end = offset_;
    if (!msgpack::parse(message_.data(), message_.size(), end, visitor)) {
        fail("the value is cut off, nested too deep, or of another type than expected");
    }
    offset_ = end;
}

}  // namespace framebridge
