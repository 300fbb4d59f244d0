#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <utility>

#include "store/frame_store.h"

namespace framebridge::source {

/// Asks now and then how long a frame that was just fetched will still be in its store: by so much the group
/// may fall further behind before frames are missing. A store that refuses the question is not asked again.
class TtlProbe {
  public:
    using Clock = std::chrono::steady_clock;
    /// No frame's.
    static constexpr store::Token token = std::numeric_limits<store::Token>::max();

    explicit TtlProbe(std::function<void(std::chrono::duration<double>)> on_answer)
        : on_answer_(std::move(on_answer)) {}

    [[nodiscard]] bool due() const { return !waits_ && Clock::now() >= due_at_; }
    void asked() { waits_ = true; }
    void take(const store::Outcome& answer) {
        waits_ = false;
        due_at_ =
            answer.status == store::Status::refused ? Clock::time_point::max() : Clock::now() + interval;
        if (answer.time_to_live) {
            on_answer_(*answer.time_to_live);
        }
    }

  private:
    static constexpr auto interval = std::chrono::seconds(5);

    std::function<void(std::chrono::duration<double>)> on_answer_;
    bool waits_ = false;
    Clock::time_point due_at_;
};

}  // namespace framebridge::source
