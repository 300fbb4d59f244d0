#include "runtime/fps_meter.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace framebridge::runtime {

FpsMeter::FpsMeter(Config config, std::function<void(const std::string&)> report,
                   std::function<Clock::time_point()> now)
    : config_(config), report_(std::move(report)), now_(std::move(now)), period_start_(now_()) {}

void FpsMeter::count() {
    ++frames_;
    if (config_.period) {
        if (const auto now = now_(); now - period_start_ >= *config_.period) {
            report_period(now);
        }
    } else if (config_.period_frames && frames_ >= *config_.period_frames) {
        report_period(now_());
    }
}

void FpsMeter::finish() {
    if (frames_ > 0 || !reported_) {
        report_period(now_());
    }
}

void FpsMeter::report_period(Clock::time_point now) {
    const double seconds = std::chrono::duration<double>(now - period_start_).count();
    const double fps = seconds > 0 ? static_cast<double>(frames_) / seconds : 0;
    report_(fmt::format("Processed {} {}, {:.2f} FPS.", frames_, frames_ == 1 ? "frame" : "frames", fps));
    period_start_ = now;
    frames_ = 0;
    reported_ = true;
}

}  // namespace framebridge::runtime
