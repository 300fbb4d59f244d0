#include "runtime/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace framebridge::runtime {

LineWriter::~LineWriter() {
    const std::lock_guard lock(mutex_);
    write_kept(last_patience);
}

void LineWriter::write(std::string line) {
    const std::lock_guard lock(mutex_);
    write_kept({});
    if (kept_bytes_ + line.size() > max_bytes_) {
        ++dropped_;
        return;
    }
    if (dropped_ > 0) {
        kept_.push_back(std::to_string(std::exchange(dropped_, 0)) +
                        " lines were dropped: the reader did not take them\n");
        kept_bytes_ += kept_.back().size();
    }
    kept_bytes_ += line.size();
    kept_.push_back(std::move(line));
    write_kept({});
}

void LineWriter::flush() {
    const std::lock_guard lock(mutex_);
    write_kept({});
}

void LineWriter::write_kept(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!kept_.empty()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd writable{fd_, POLLOUT, 0};
        if (poll(&writable, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) <= 0) {
            return;
        }
        // A pipe that polls as writable takes PIPE_BUF bytes without waiting.
        auto& line = kept_.front();
        const auto written = ::write(fd_, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        // Nobody reads any more: there is no place left to say so.
        const auto gone = written < 0 ? line.size() : static_cast<std::size_t>(written);
        kept_bytes_ -= gone;
        line.erase(0, gone);
        if (line.empty()) {
            kept_.pop_front();
        }
    }
}

}  // namespace framebridge::runtime
