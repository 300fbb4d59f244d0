#pragma once

#include <cstddef>
#include <vector>

/// What decode() notes of a message's bytes for rewrite(). No part of the interface: it may change with every
/// release.
namespace framebridge::protocol::detail {

/// A length in a message, written at [begin, end), that counts the bytes a content is among.
struct EnclosingLength {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t value = 0;
    std::size_t outer = none;  ///< The index of the length around this one, or none.
};

/// Where a frame's content stands in its message: [begin, end), and which length is around it.
struct ContentPlace {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t length = 0;
};

struct Splicing {
    std::vector<EnclosingLength> lengths;  ///< Each one behind the one around it.
    std::vector<ContentPlace> superseded;  ///< Contents that a later one in the same frame overrides.
};

}  // namespace framebridge::protocol::detail
