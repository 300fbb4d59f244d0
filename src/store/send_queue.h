#pragma once

#include <sys/uio.h>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace framebridge::store {

/// Redis commands (RESP arrays of bulk strings) on their way to a socket: short arguments are copied into one
/// reused buffer, contents are only referenced and must stay as they are until they are sent or cleared.
class SendQueue {
  public:
    /// Starts a command of `count` arguments; exactly that many must follow.
    void begin_command(std::size_t count);
    void argument(std::string_view text);
    template <std::integral Number>
    void argument(Number number) {
        char digits[24];
        argument({digits, std::to_chars(digits, digits + sizeof(digits), number).ptr});
    }
    /// One argument, the pieces' concatenation, not copied.
    void content(std::span<const std::string_view> parts, std::size_t size);

    void command(std::initializer_list<std::string_view> arguments);

    [[nodiscard]] bool empty() const { return first_ == segments_.size(); }
    void clear();

    /// Fills `pieces` from the front with what is to be sent next; returns how many there are.
    std::size_t next(std::span<iovec> pieces) const;
    /// The first `bytes` of what next() gave are sent.
    void sent(std::size_t bytes);

  private:
    struct Segment {
        const char* content;  // Null: the next `size` bytes of text_.
        std::size_t size;
    };
    void append(std::string_view text);
    void append_number(char type, std::size_t number);

    std::string text_;
    std::vector<Segment> segments_;
    std::size_t first_ = 0;          // The segment to send next,
    std::size_t text_position_ = 0;  // and where it begins if it is text.
};

}  // namespace framebridge::store
