#pragma once

#include <librdkafka/rdkafka.h>

#include "runtime/unique_fd.h"

namespace framebridge::kafka {

/// An eventfd that librdkafka makes readable when a queue has something: a queue to sleep on with poll().
class EventFd {
  public:
    EventFd();

    void watch(rd_kafka_queue_t* queue);
    /// To be called when the queue's client may outlive this.
    static void forget(rd_kafka_queue_t* queue);
    /// To be called before the queue is served: what is enqueued after it is signalled again. Returns whether
    /// it was signalled.
    bool clear();
    /// Makes it readable, as a queue would. Callable from any thread.
    void signal();
    [[nodiscard]] int fd() const { return fd_.get(); }

  private:
    runtime::UniqueFd fd_;
};

}  // namespace framebridge::kafka
