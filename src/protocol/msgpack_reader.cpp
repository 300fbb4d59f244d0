#include "protocol/msgpack_reader.h"

#include <array>
#include <limits>

#include "protocol/decode_error.h"

namespace framebridge::protocol {

namespace {

// What begins a value, of the msgpack specification's overview of formats.
namespace format {
enum : std::uint8_t {
    fixmap = 0x80,
    fixarray = 0x90,
    fixstr = 0xa0,
    nil = 0xc0,
    never_used = 0xc1,
    no = 0xc2,
    yes = 0xc3,
    bin8 = 0xc4,
    bin16 = 0xc5,
    bin32 = 0xc6,
    ext8 = 0xc7,
    ext16 = 0xc8,
    ext32 = 0xc9,
    float32 = 0xca,
    float64 = 0xcb,
    uint8 = 0xcc,
    uint64 = 0xcf,
    int8 = 0xd0,
    int64 = 0xd3,
    fixext1 = 0xd4,
    fixext16 = 0xd8,
    str8 = 0xd9,
    str16 = 0xda,
    str32 = 0xdb,
    array16 = 0xdc,
    array32 = 0xdd,
    map16 = 0xde,
    map32 = 0xdf,
    negative_fixint = 0xe0,
};
}

constexpr std::size_t max_depth = 100;

// What follows a value's first byte: a number of `width` bytes (or, without one, `number`), and then so many
// values for each that it counts, or so many bytes and `extra` ones.
struct Layout {
    std::uint8_t width = 0;
    std::uint8_t number = 0;
    std::uint8_t values = 0;
    std::uint8_t extra = 0;
};

constexpr Layout layout_of(std::uint8_t first) {
    const auto size = [](unsigned exponent) { return static_cast<std::uint8_t>(1U << exponent); };
    if (first < format::fixmap || first >= format::negative_fixint) {
        return {};
    }
    if (first < format::fixarray) {
        return {0, static_cast<std::uint8_t>(first & 0x0fU), 2, 0};
    }
    if (first < format::fixstr) {
        return {0, static_cast<std::uint8_t>(first & 0x0fU), 1, 0};
    }
    if (first < format::nil) {
        return {0, static_cast<std::uint8_t>(first & 0x1fU), 0, 0};
    }
    if (first >= format::bin8 && first <= format::bin32) {
        return {size(first - format::bin8), 0, 0, 0};
    }
    if (first >= format::ext8 && first <= format::ext32) {
        return {size(first - format::ext8), 0, 0, 1};
    }
    if (first == format::float32 || first == format::float64) {
        return {0, size(2U + first - format::float32), 0, 0};
    }
    if (first >= format::uint8 && first <= format::uint64) {
        return {0, size(first - format::uint8), 0, 0};
    }
    if (first >= format::int8 && first <= format::int64) {
        return {0, size(first - format::int8), 0, 0};
    }
    if (first >= format::fixext1 && first <= format::fixext16) {
        return {0, size(first - format::fixext1), 0, 1};
    }
    if (first >= format::str8 && first <= format::str32) {
        return {size(first - format::str8), 0, 0, 0};
    }
    if (first >= format::array16) {
        return {size(1U + (first & 1U)), 0, static_cast<std::uint8_t>(first < format::map16 ? 1 : 2), 0};
    }
    return {};
}

constexpr auto layouts = [] {
    std::array<Layout, 256> all{};
    for (std::size_t first = 0; first < all.size(); ++first) {
        all[first] = layout_of(static_cast<std::uint8_t>(first));
    }
    return all;
}();

}  // namespace

bool MsgpackReader::at_map() const {
    return !at_end() &&
           ((head() & 0xf0U) == format::fixmap || head() == format::map16 || head() == format::map32);
}

bool MsgpackReader::at_text() const {
    return !at_end() &&
           ((head() & 0xe0U) == format::fixstr || (head() >= format::str8 && head() <= format::str32));
}

bool MsgpackReader::at_boolean() const {
    return !at_end() && (head() == format::no || head() == format::yes);
}

bool MsgpackReader::at_unsigned_integer() const {
    if (at_end()) {
        return false;
    }
    const std::uint8_t first = head();
    if (first < format::fixmap || (first >= format::uint8 && first <= format::uint64)) {
        return true;
    }
    // The signed formats hold what is not negative, too.
    return first >= format::int8 && first <= format::int64 && offset_ + 1 < message_.size() &&
           (static_cast<std::uint8_t>(message_[offset_ + 1]) & 0x80U) == 0;
}

std::uint32_t MsgpackReader::map() {
    if (!at_map()) {
        fail("a map is expected");
    }
    const Number entries = number(offset_);
    if (entries.value > (message_.size() - entries.end) / 2) {
        fail("a map has more entries than there are bytes left");
    }
    offset_ = entries.end;
    return static_cast<std::uint32_t>(entries.value);
}

std::uint32_t MsgpackReader::array() {
    const std::uint8_t first = head();
    if ((first & 0xf0U) != format::fixarray && first != format::array16 && first != format::array32) {
        fail("an array is expected");
    }
    const Number items = number(offset_);
    if (items.value > message_.size() - items.end) {
        fail("an array has more items than there are bytes left");
    }
    offset_ = items.end;
    return static_cast<std::uint32_t>(items.value);
}

std::string_view MsgpackReader::text() {
    if (!at_text()) {
        fail("a string is expected");
    }
    return take(number(offset_));
}

std::string_view MsgpackReader::binary() {
    if (head() < format::bin8 || head() > format::bin32) {
        fail("binary data is expected");
    }
    return take(number(offset_));
}

std::int64_t MsgpackReader::integer() {
    const std::size_t begin = offset_;
    const Integer found = any_integer();
    if (!found.negative && found.bits > std::numeric_limits<std::int64_t>::max()) {
        throw DecodeError{"an integer of 64 bits is expected", begin};
    }
    return static_cast<std::int64_t>(found.bits);
}

std::uint64_t MsgpackReader::unsigned_integer() {
    const std::size_t begin = offset_;
    const Integer found = any_integer();
    if (found.negative) {
        throw DecodeError{"an integer that is not negative is expected", begin};
    }
    return found.bits;
}

MsgpackReader::Integer MsgpackReader::any_integer() {
    const std::uint8_t first = head();
    if (first < format::fixmap || first >= format::negative_fixint) {
        ++offset_;
        const auto value = static_cast<std::int8_t>(first);
        return {static_cast<std::uint64_t>(std::int64_t{value}), value < 0};
    }
    if (first < format::uint8 || first > format::int64) {
        fail("an integer is expected");
    }
    const std::size_t width = layouts[first].number;
    const std::uint64_t bits = big_endian(offset_ + 1, width);
    offset_ += 1 + width;
    if (first <= format::uint64) {
        return {bits, false};
    }
    // The signed formats hold what is not negative, too.
    const std::size_t unused = 64 - 8 * width;
    const std::int64_t value = static_cast<std::int64_t>(bits << unused) >> unused;
    return {static_cast<std::uint64_t>(value), value < 0};
}

bool MsgpackReader::boolean() {
    if (!at_boolean()) {
        fail(at_end() ? "the message is cut off" : "true or false is expected");
    }
    return static_cast<std::uint8_t>(message_[offset_++]) == format::yes;
}

bool MsgpackReader::nil() {
    const bool is_nil = head() == format::nil;
    offset_ += is_nil ? 1 : 0;
    return is_nil;
}

// Without a look at what the values are: stepping over detected objects is most of what reading a message
// costs.
void MsgpackReader::skip() {
    std::array<std::size_t, max_depth> outer;  // NOLINT: each level is set when another one is entered
    std::size_t depth = 0;
    std::size_t left = 1;  // In the innermost array or map.
    std::size_t offset = offset_;
    do {
        --left;
        if (offset == message_.size()) {
            fail("the message is cut off");
        }
        const auto first = static_cast<std::uint8_t>(message_[offset]);
        if (first == format::never_used) {
            fail("a value begins with 0xc1, which begins none");
        }
        const Layout layout = layouts[first];
        const auto [value, begin] = number(offset);
        const std::size_t size = layout.values == 0 ? value + layout.extra : value * layout.values;
        if (size > message_.size() - begin) {
            fail("a value is longer than the message");
        }
        if (layout.values == 0) {
            offset = begin + size;
        } else if (depth == max_depth) {
            fail("the value is nested too deep");
        } else {
            offset = begin;
            outer[depth++] = left;
            left = size;
        }
        while (left == 0 && depth > 0) {
            left = outer[--depth];
        }
    } while (left > 0);
    offset_ = offset;
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

MsgpackReader::Number MsgpackReader::number(std::size_t offset) const {
    const Layout layout = layouts[static_cast<std::uint8_t>(message_[offset])];
    const std::size_t begin = offset + 1;
    return {layout.width == 0 ? layout.number : big_endian(begin, layout.width), begin + layout.width};
}

std::string_view MsgpackReader::take(const Number& size) {
    if (size.value > message_.size() - size.end) {
        fail("a string or binary data is longer than the message");
    }
    offset_ = size.end + size.value;
    return message_.substr(size.end, size.value);
}

void MsgpackReader::fail(const char* reason) const {
    throw DecodeError{reason, offset_};
}

}  // namespace framebridge::protocol
