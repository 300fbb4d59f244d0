#include "common/units.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace framebridge {

std::string format_size(std::uint64_t bytes) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
    auto size = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; size >= 1000 && unit + 1 < units.size(); ++unit) {
        size /= 1000;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, units[unit]);
}

std::string format_duration(double seconds) {
    if (seconds < 0) {
        return "-" + format_duration(-seconds);
    }
    if (seconds < 60) {
        return fmt::format("{:.1f} s", seconds);
    }
    const auto minutes = static_cast<std::int64_t>(std::lround(seconds / 60));
    if (minutes < 60) {
        return fmt::format("{} min", minutes);
    }
    constexpr std::int64_t hour = 60;
    constexpr std::int64_t day = 24 * hour;
    if (minutes < 2 * day) {
        return fmt::format("{} h {:02} min", minutes / hour, minutes % hour);
    }
    return fmt::format("{} d {} h", minutes / day, minutes % day / hour);
}

}  // namespace framebridge
