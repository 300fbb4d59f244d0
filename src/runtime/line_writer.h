#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

namespace framebridge::runtime {

/// Writes lines to a descriptor that somebody else reads, such as stderr, and never waits for the reader:
/// what a full pipe does not take is kept, up to a limit, then dropped and counted in a line of its own.
/// Callable from any thread. Of two processes that write to one full pipe, one may still wait for the other's
/// reader.
class LineWriter {
  public:
    explicit LineWriter(int fd, std::size_t max_bytes = std::size_t{1} << 20)
        : fd_(fd), max_bytes_(max_bytes) {}
    /// Gives the reader `last_patience` to take what is left.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// `line` ends with its line break.
    void write(std::string line);
    /// Writes what is left as far as the reader takes it.
    void flush();

    static constexpr auto last_patience = std::chrono::milliseconds(500);

  private:
    void write_kept(std::chrono::milliseconds patience);

    int fd_;
    std::size_t max_bytes_;
    std::mutex mutex_;
    std::deque<std::string> kept_;
    std::size_t kept_bytes_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace framebridge::runtime
