#pragma once

#include <atomic>

#include "runtime/poll_set.h"

namespace framebridge::runtime {

/// SIGTERM, SIGINT and, unless it is ignored, SIGHUP as something a loop can look at and sleep on (an
/// eventfd). A second signal ends the process at once (exit code 128 + signal), but not within a second of
/// the first: supervisors send one to the process and one to its group. One object at a time installs
/// handlers, until it is destroyed; tests call request().
class StopSignal {
  public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    /// Makes the signals call request() on this object.
    void install_handlers();
    /// Async-signal-safe; callable from any thread.
    void request() noexcept;
    [[nodiscard]] bool requested() const noexcept { return requested_; }
    /// Wakes the sleep that the request falls into; a loop that drains after it sleeps as usual.
    void add_to(PollSet& poll_set) const;

  private:
    std::atomic<bool> requested_ = false;
    int event_fd_ = -1;
};

}  // namespace framebridge::runtime
