#pragma once

#include <google/protobuf/io/coded_stream.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "framebridge/protocol/envelope.h"

namespace framebridge::protocol {

/// Walks the fields of one protobuf message, without going into those it is not asked to. Whatever is not
/// protobuf makes it throw a DecodeError.
class WireReader {
  public:
    enum WireType : std::uint8_t {
        varint_type = 0,
        fixed64_type,
        bytes_type,
        group_begin,
        group_end,
        fixed32_type
    };

    struct Field {
        std::uint32_t number = 0;
        std::uint32_t type = varint_type;
        std::size_t begin = 0;  ///< Where its tag stands.
    };

    /// The bytes of a length-delimited field, [begin, end), behind the length at [length_begin, begin).
    struct Range {
        std::size_t length_begin = 0;
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    /// Reads message[begin, end); positions count from the message's begin.
    WireReader(std::string_view message, std::size_t begin, std::size_t end);

    [[nodiscard]] bool at_end() const { return position() == end_; }
    /// The next field; its value must be read (or skipped) before the one after it.
    Field next();
    std::uint64_t varint(const Field& field);
    Range range(const Field& field);
    std::string_view bytes(const Field& field);
    void skip(const Field& field);

  private:
    [[nodiscard]] std::size_t position() const {
        return begin_ + static_cast<std::size_t>(stream_.CurrentPosition());
    }
    static void expect(const Field& field, WireType type);
    std::uint64_t raw_varint(const char* what, std::size_t begin);
    void skip(const Field& field, int depth);

    std::string_view message_;
    std::size_t begin_;
    std::size_t end_;
    google::protobuf::io::CodedInputStream stream_;
};

}  // namespace framebridge::protocol
