#pragma once

#include <chrono>
#include <cstdint>

namespace framebridge {

/// How far a long reading is, on stderr: on a terminal a line that is written again twice a second, elsewhere
/// a line every ten seconds, and nothing where it takes no time.
class Progress {
  public:
    using Clock = std::chrono::steady_clock;
    explicit Progress(std::int64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void at(std::int64_t position, std::uint64_t bytes);

  private:
    [[nodiscard]] Clock::duration interval() const;

    std::int64_t total_;
    bool terminal_;
    bool shown_ = false;
    Clock::time_point start_ = Clock::now();
    Clock::time_point due_;
};

}  // namespace framebridge
