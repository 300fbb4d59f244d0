#include "common/age.h"

#include <algorithm>

namespace framebridge {

std::optional<std::chrono::duration<double>> age_of(const protocol::Envelope& envelope,
                                                    std::chrono::system_clock::time_point now) {
    if (envelope.frames.empty() || envelope.frames.front().creation_time_ns <= 0) {
        return std::nullopt;
    }
    const std::chrono::duration<double> since_epoch = now.time_since_epoch();
    const std::chrono::duration<double> creation =
        std::chrono::nanoseconds(envelope.frames.front().creation_time_ns);
    return std::max(since_epoch - creation, std::chrono::duration<double>::zero());
}

}  // namespace framebridge
