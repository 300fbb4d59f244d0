#include "kafka/event_fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "runtime/failure.h"

namespace framebridge::kafka {

EventFd::EventFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!fd_) {
        throw runtime::Failure(runtime::FailureKind::system,
                               std::string("cannot open an eventfd: ") + std::strerror(errno));
    }
}

void EventFd::watch(rd_kafka_queue_t* queue) {
    constexpr std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, fd_.get(), &one, sizeof one);
}

void EventFd::forget(rd_kafka_queue_t* queue) {
    rd_kafka_queue_io_event_enable(queue, -1, nullptr, 0);
}

bool EventFd::clear() {
    std::uint64_t count = 0;
    // EAGAIN only says that nothing was signalled.
    return ::read(fd_.get(), &count, sizeof count) == sizeof count;
}

void EventFd::signal() {
    constexpr std::uint64_t one = 1;
    [[maybe_unused]] const auto size = ::write(fd_.get(), &one, sizeof one);
}

}  // namespace framebridge::kafka
