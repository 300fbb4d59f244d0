#include "runtime/stop_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace framebridge::runtime {

namespace {

constexpr std::int64_t same_request_ns = 1'000'000'000;

std::atomic<StopSignal*> handled{nullptr};
std::atomic<std::int64_t> signalled_at{0};  // Of CLOCK_MONOTONIC; 0: not yet.
static_assert(std::atomic<StopSignal*>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free,
              "a signal handler uses them");

std::int64_t now_ns() {
    struct timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);  // Async-signal-safe.
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

void handle(int signal) {
    const auto now = now_ns();
    std::int64_t first = 0;
    if (!signalled_at.compare_exchange_strong(first, now)) {
        if (now - first < same_request_ns) {
            return;
        }
        _exit(128 + signal);
    }
    if (StopSignal* stop = handled) {
        stop->request();
    }
}

void set_handler(int signal, void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, &action, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "sigaction");
    }
}

/// Whether whoever started the process wants it to go on without its terminal (nohup).
bool is_ignored(int signal) {
    struct sigaction action{};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void set_handlers(void (*handler)(int)) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        if (signal != SIGHUP || !is_ignored(signal)) {
            set_handler(signal, handler);
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
    signalled_at = 0;
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
