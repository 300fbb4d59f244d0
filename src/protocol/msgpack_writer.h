#pragma once

#include <cstddef>
#include <cstdint>
#include <msgpack.hpp>
#include <string>
#include <string_view>

namespace framebridge::protocol {

/// Appends msgpack values to a string.
class MsgpackWriter {
  public:
    explicit MsgpackWriter(std::string& out) : sink_{out}, packer_(sink_) {}

    void map(std::size_t size) { packer_.pack_map(static_cast<std::uint32_t>(size)); }
    void array(std::size_t size) { packer_.pack_array(static_cast<std::uint32_t>(size)); }
    void integer(std::int64_t value) { packer_.pack_int64(value); }
    void unsigned_integer(std::uint64_t value) { packer_.pack_uint64(value); }
    void boolean(bool value) { value ? packer_.pack_true() : packer_.pack_false(); }
    void text(std::string_view value) {
        const auto size = static_cast<std::uint32_t>(value.size());
        packer_.pack_str(size).pack_str_body(value.data(), size);
    }
    /// What stands before `size` bytes of binary data, which the caller writes.
    void binary_header(std::size_t size) { packer_.pack_bin(static_cast<std::uint32_t>(size)); }
    void binary(std::string_view value) {
        binary_header(value.size());
        sink_.out.append(value);
    }

  private:
    struct Sink {
        std::string& out;
        void write(const char* data, std::size_t size) { out.append(data, size); }
    };

    Sink sink_;
    msgpack::packer<Sink> packer_;
};

}  // namespace framebridge::protocol
