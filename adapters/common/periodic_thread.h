#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace framebridge {

/// Calls something that may block, on a thread of its own, once per interval until destroyed.
class PeriodicThread {
  public:
    PeriodicThread(std::chrono::milliseconds interval, std::function<void()> work)
        : thread_([this, interval, work = std::move(work)](const std::stop_token& stop) {
              std::unique_lock lock(mutex_);
              while (!wake_.wait_for(lock, stop, interval, [&stop] { return stop.stop_requested(); })) {
                  work();
              }
          }) {}

  private:
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;  // Last: it uses the others.
};

}  // namespace framebridge
