#include "common/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "common/units.h"

namespace framebridge {

Progress::Progress(std::int64_t total)
    : total_(total), terminal_(isatty(STDERR_FILENO) == 1), due_(start_ + interval()) {}

Progress::~Progress() {
    if (shown_ && terminal_) {
        fmt::print(stderr, "\r\033[K");
    }
}

Progress::Clock::duration Progress::interval() const {
    return terminal_ ? Clock::duration(std::chrono::milliseconds(500)) : std::chrono::seconds(10);
}

void Progress::at(std::int64_t position, std::uint64_t bytes) {
    const auto now = Clock::now();
    if (now < due_) {
        return;
    }
    due_ = now + interval();
    shown_ = true;
    const auto seconds = std::chrono::duration<double>(now - start_).count();
    const auto rate = static_cast<double>(position) / seconds;
    const auto left = rate > 0 ? static_cast<double>(total_ - position) / rate : 0.0;
    fmt::print(
        stderr, "{}{:3.0f} %, {} of {} records, {:.0f} records/s, {}/s, {} left{}", terminal_ ? "\r" : "",
        total_ > 0 ? 100.0 * static_cast<double>(position) / static_cast<double>(total_) : 100.0, position,
        total_, rate, format_size(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)),
        format_duration(left), terminal_ ? "\033[K" : "\n");
    std::fflush(stderr);
}

}  // namespace framebridge
