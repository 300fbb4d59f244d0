#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace framebridge::protocol {

/// A replacement of message[begin, end) by `head` and then `payload`: two pieces, so that a payload is copied
/// once.
struct Splice {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string head;
    std::string_view payload;

    [[nodiscard]] std::size_t size() const { return head.size() + payload.size(); }
};

/// Room for the head of a content with its store, key and hash.
inline constexpr std::size_t usual_head = 256;

/// Sorts `splices`, which must not overlap, and writes into `out` the message with all of them done.
void apply_splices(std::string_view message, std::vector<Splice>& splices, std::string& out);

}  // namespace framebridge::protocol
