#pragma once

#include <chrono>
#include <optional>

#include "framebridge/protocol/envelope.h"

namespace framebridge {

/// How old a message's first frame is, by its maker's clock, and no less than 0; nullopt if it does not say.
std::optional<std::chrono::duration<double>> age_of(const protocol::Envelope& envelope,
                                                    std::chrono::system_clock::time_point now);

}  // namespace framebridge
