#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace framebridge::protocol {

/// Reads one msgpack value after the other. Whatever is not msgpack, or not what is asked for, makes it throw
/// a DecodeError. It allocates nothing by the sizes that the message claims.
class MsgpackReader {
  public:
    explicit MsgpackReader(std::string_view message, std::size_t offset = 0)
        : message_(message), offset_(offset) {}

    [[nodiscard]] std::size_t offset() const { return offset_; }
    /// A reader of the same message at another offset.
    [[nodiscard]] MsgpackReader at(std::size_t offset) const { return MsgpackReader(message_, offset); }
    [[nodiscard]] bool at_end() const { return offset_ == message_.size(); }
    [[nodiscard]] bool at_map() const;
    [[nodiscard]] bool at_text() const;
    [[nodiscard]] bool at_boolean() const;
    /// At an integer that is not negative.
    [[nodiscard]] bool at_unsigned_integer() const;

    /// A map's or array's number of entries, which are to be read next; never more than there are bytes left.
    std::uint32_t map();
    std::uint32_t array();
    std::string_view text();
    std::string_view binary();
    std::int64_t integer();
    std::uint64_t unsigned_integer();
    bool boolean();
    /// Steps over a nil, if there is one.
    bool nil();
    /// Steps over one value, whatever is in it.
    void skip();

  private:
    [[nodiscard]] std::uint8_t head() const;
    std::size_t big_endian(std::size_t begin, std::size_t width) const;
    [[noreturn]] void fail(const char* reason) const;

    // How many bytes, entries or items the value has whose first byte is at `offset`.
    struct Number {
        std::size_t value;
        std::size_t end;  // Where they begin.
    };
    [[nodiscard]] Number number(std::size_t offset) const;
    std::string_view take(const Number& size);

    struct Integer {
        std::uint64_t bits;  // Of a negative one: its two's complement.
        bool negative;
    };
    Integer any_integer();

    std::string_view message_;
    std::size_t offset_;
};

}  // namespace framebridge::protocol
