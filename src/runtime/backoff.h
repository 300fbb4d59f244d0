#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace framebridge::runtime {

/// Exponential backoff with full jitter on its upper half: next() is between half and all of a pause that
/// doubles from `first` up to `most`.
class Backoff {
  public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most)
        : first_(first), most_(most), pause_(first) {}

    std::chrono::milliseconds next() {
        std::uniform_int_distribution<std::int64_t> jitter(pause_.count() / 2, pause_.count());
        pause_ = std::min(pause_ * 2, most_);
        return std::chrono::milliseconds(jitter(random_));
    }
    void reset() { pause_ = first_; }

  private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds most_;
    std::chrono::milliseconds pause_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace framebridge::runtime
