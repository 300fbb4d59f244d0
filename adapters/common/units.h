#pragma once

#include <cstdint>
#include <string>

namespace framebridge {

/// `12.3 MB`.
std::string format_size(std::uint64_t bytes);
/// `1 h 05 min`, `12.5 s`.
std::string format_duration(double seconds);

}  // namespace framebridge
