#pragma once

#include <cstddef>
#include <string>

#include "framebridge/result.h"

namespace framebridge::protocol {

/// How the readers of this module leave a message that cannot be read; decode() makes a Problem of it.
struct DecodeError {
    std::string reason;
    std::size_t offset = 0;  ///< In bytes from the message's begin.

    [[nodiscard]] Problem to_problem() const { return {reason, "at byte " + std::to_string(offset)}; }
};

}  // namespace framebridge::protocol
