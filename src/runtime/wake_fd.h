#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "runtime/poll_set.h"
#include "runtime/unique_fd.h"

namespace framebridge::runtime {

/// An eventfd by which one thread wakes another one's poll set.
class WakeFd {
  public:
    WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (!fd_) {
            throw std::system_error(errno, std::generic_category(), "eventfd");
        }
    }
    /// Callable from any thread.
    void wake() {
        constexpr std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
    }
    /// To be called before looking at what it tells of: what comes after that wakes again.
    void clear() {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto read = ::read(fd_.get(), &count, sizeof count);
    }
    void add_to(PollSet& poll_set) const { poll_set.add_fd(fd_.get(), PollEvents::readable); }

  private:
    UniqueFd fd_;
};

}  // namespace framebridge::runtime
