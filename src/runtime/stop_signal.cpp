#include "runtime/stop_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace framebridge::runtime {

namespace {

std::atomic<StopSignal*> handled{nullptr};
std::atomic<bool> signalled{false};
static_assert(std::atomic<StopSignal*>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "a signal handler uses them");

void handle(int signal) {
    if (signalled.exchange(true)) {
        _exit(128 + signal);
    }
    if (StopSignal* stop = handled) {
        stop->request();
    }
}

void set_handlers(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGTERM, SIGINT}) {
        if (sigaction(signal, &action, nullptr) != 0) {
            throw std::system_error(errno, std::generic_category(), "sigaction");
        }
    }
}

}  // namespace

StopSignal::StopSignal() : event_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (event_fd_ < 0) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
}

StopSignal::~StopSignal() {
    if (handled == this) {
        set_handlers(SIG_DFL);
        handled = nullptr;
    }
    close(event_fd_);
}

void StopSignal::install_handlers() {
    handled = this;
    signalled = false;
    set_handlers(handle);
}

void StopSignal::request() noexcept {
    const int saved_errno = errno;
    requested_ = true;
    const std::uint64_t one = 1;
    // It can only fail with the counter full, and then the descriptor is readable all the same.
    [[maybe_unused]] const auto written = write(event_fd_, &one, sizeof one);
    errno = saved_errno;
}

void StopSignal::add_to(PollSet& poll_set) const {
    if (!requested_) {
        poll_set.add_fd(event_fd_, PollEvents::readable);
    }
}

}  // namespace framebridge::runtime
