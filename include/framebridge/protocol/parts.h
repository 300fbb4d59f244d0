#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "framebridge/protocol/envelope.h"
#include "framebridge/result.h"

namespace framebridge::protocol {

/// Which of the ZeroMQ parts behind a message hold a frame's bytes: [begin, end). Empty for a frame that is
/// not `attached`.
struct PartRange {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] bool empty() const { return begin == end; }
    bool operator==(const PartRange&) const = default;
};

/// The parts behind a message, given to its frames: proto/README.md, "Parts".
struct AssignedParts {
    std::vector<PartRange> frames;  ///< One for each of the envelope's frames.
    std::vector<std::size_t>
        unclaimed;  ///< Parts with bytes that belong to no frame, and are no fault of the message.
};

/// Gives the parts, of which `sizes` are the sizes, to the frames; or says why the message has to be refused.
/// A single frame has all of them, a batch one for each attached frame by ascending batch_id. An empty part
/// that nothing claims is ignored. Unclaimed parts with bytes are a fault of a native message whose kind and
/// contents are known; a savant message's, and those of unknown kinds and contents, are listed.
[[nodiscard]] Result<AssignedParts> assign_parts(const Envelope& envelope,
                                                 std::span<const std::size_t> sizes);

}  // namespace framebridge::protocol
