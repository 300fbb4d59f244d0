#include "protocol/msgpack_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <msgpack.hpp>
#include <random>

#include "protocol/decode_error.h"

namespace framebridge::protocol {
namespace {

using ::testing::HasSubstr;

template <class Value>
std::string packed(const Value& value) {
    std::stringstream out;
    msgpack::pack(out, value);
    return out.str();
}

/// Where the library sees the value's end; nullopt: it sees none.
std::optional<std::size_t> end_by_library(const std::string& bytes) {
    std::size_t end = 0;
    msgpack::null_visitor visitor;
    if (!msgpack::parse(bytes.data(), bytes.size(), end, visitor)) {
        return std::nullopt;
    }
    return end;
}

std::optional<std::size_t> end_by_reader(const std::string& bytes) {
    MsgpackReader reader(bytes);
    try {
        reader.skip();
        return reader.offset();
    } catch (const DecodeError& error) {
        EXPECT_LE(error.offset, bytes.size());
        return std::nullopt;
    }
}

TEST(MsgpackReader, SkipsWhatTheLibraryReadsWhateverItBeginsWith) {
    for (int first = 0; first < 256; ++first) {
        for (std::size_t behind = 0; behind < 40; ++behind) {
            // A length of 0, then 1, then values of one byte each.
            for (const char filling : {'\x00', '\x01'}) {
                const std::string bytes = static_cast<char>(first) + std::string(behind, filling);
                EXPECT_EQ(end_by_reader(bytes), end_by_library(bytes)) << first << ' ' << behind;
            }
        }
    }
}

TEST(MsgpackReader, SkipsWhatTheLibraryReadsInRandomBytes) {
    std::mt19937 random(7);
    std::size_t values = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string bytes(1 + random() % 30, '\0');
        for (char& byte : bytes) {
            byte = static_cast<char>(random());
        }
        const auto expected = end_by_library(bytes);
        values += expected ? 1 : 0;
        ASSERT_EQ(end_by_reader(bytes), expected) << testing::PrintToString(bytes);
    }
    EXPECT_GT(values, 50'000U);
}

TEST(MsgpackReader, ReadsIntegersOfEveryWidth) {
    for (int bits = 0; bits < 63; ++bits) {
        for (const std::int64_t around : {-1, 0, 1}) {
            const auto value = static_cast<std::int64_t>((std::uint64_t{1} << bits) - 1) + around;
            EXPECT_EQ(MsgpackReader(packed(value)).integer(), value);
            EXPECT_EQ(MsgpackReader(packed(-value)).integer(), -value);
            if (value >= 0) {
                EXPECT_EQ(MsgpackReader(packed(value)).unsigned_integer(), value);
            }
        }
    }
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t value : {least, least + 1, -(least + 1) - 1, -(least + 1)}) {
        EXPECT_EQ(MsgpackReader(packed(value)).integer(), value);
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(MsgpackReader(packed(-(least + 1))).unsigned_integer(),
              std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(MsgpackReader(packed(most)).unsigned_integer(), most);
    EXPECT_EQ(MsgpackReader("\xd2\x7f\xff\xff\xff").unsigned_integer(), 0x7fffffffU) << "of a signed format";
    EXPECT_EQ(MsgpackReader("\xd0\xff").integer(), -1);
}

std::string refusal(void (*read)(MsgpackReader&), std::string_view bytes) {
    MsgpackReader reader(bytes);
    try {
        read(reader);
    } catch (const DecodeError& error) {
        EXPECT_EQ(error.offset, 0U);
        return error.reason;
    }
    return {};
}

TEST(MsgpackReader, RefusesScalarsOfAnotherType) {
    const auto integer = [](MsgpackReader& reader) { reader.integer(); };
    const auto unsigned_integer = [](MsgpackReader& reader) { reader.unsigned_integer(); };
    const auto boolean = [](MsgpackReader& reader) { reader.boolean(); };
    EXPECT_THAT(refusal(integer, packed(std::numeric_limits<std::uint64_t>::max())), HasSubstr("64 bits"));
    EXPECT_THAT(refusal(integer, packed(1.5)), HasSubstr("an integer"));
    EXPECT_THAT(refusal(integer, packed(true)), HasSubstr("an integer"));
    EXPECT_THAT(refusal(integer, packed(std::string("1"))), HasSubstr("an integer"));
    EXPECT_THAT(refusal(integer, "\xcf\x01"), HasSubstr("cut off"));
    EXPECT_THAT(refusal(unsigned_integer, packed(-1)), HasSubstr("not negative"));
    EXPECT_THAT(refusal(unsigned_integer, "\xd1\xff\xff"), HasSubstr("not negative"));
    EXPECT_THAT(refusal(boolean, packed(1)), HasSubstr("true or false"));
    EXPECT_THAT(refusal(boolean, ""), HasSubstr("cut off"));
}

}  // namespace
}  // namespace framebridge::protocol
