#pragma once

#include <cstddef>
#include <cstdint>

#include "store/frame_store.h"

namespace framebridge {

/// A message has at most 65,536 frames: so many can have a token.
inline constexpr unsigned frame_token_bits = 16;
inline constexpr std::size_t max_frames = std::size_t{1} << frame_token_bits;

/// The store's token for a frame: the message's number, and the frame's index in it.
constexpr store::Token token_of(std::uint64_t number, std::size_t index) {
    return (number << frame_token_bits) | index;
}
constexpr std::uint64_t number_of(store::Token token) {
    return token >> frame_token_bits;
}
constexpr std::size_t index_of(store::Token token) {
    return token & (max_frames - 1);
}

}  // namespace framebridge
