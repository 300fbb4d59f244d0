#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace framebridge::runtime {

/// Frames per second, counted and worded as Savant's FPSMeter does (`FPS_PERIOD_FRAMES`,
/// `FPS_PERIOD_SECONDS`): `Processed 1000 frames, 29.97 FPS.` The first period starts with the object, each
/// other with the report before it. Seconds, where given, decide; else the frames. Not for several threads.
class FpsMeter {
  public:
    using Clock = std::chrono::steady_clock;
    struct Config {
        std::optional<std::uint64_t> period_frames = 1000;
        std::optional<std::chrono::duration<double>> period;
    };
    FpsMeter(Config config, std::function<void(const std::string&)> report,
             std::function<Clock::time_point()> now = Clock::now);
    /// Counts one frame; reports when a period is full.
    void count();
    /// Reports the last, partial period, unless it is empty and others were reported (where Savant's repeats
    /// the last one).
    void finish();

  private:
    void report_period(Clock::time_point now);

    Config config_;
    std::function<void(const std::string&)> report_;
    std::function<Clock::time_point()> now_;
    Clock::time_point period_start_;
    std::uint64_t frames_ = 0;
    bool reported_ = false;
};

}  // namespace framebridge::runtime
