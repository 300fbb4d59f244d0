#include "runtime/poll_set.h"

namespace framebridge::runtime {

void PollSet::wait() {
    long timeout_ms = -1;
    if (deadline_ != Clock::time_point::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
        timeout_ms = std::max<long>(0, static_cast<long>(left.count()));
    }
    // A signal or a failing socket only ends the sleep early: every stage looks for itself what it can do.
    (void)zmq_poll(items_.data(), static_cast<int>(items_.size()), timeout_ms);
    items_.clear();
    deadline_ = Clock::time_point::max();
}

}  // namespace framebridge::runtime
