#pragma once

#include <librdkafka/rdkafka.h>

namespace framebridge::kafka {

/// An eventfd that librdkafka makes readable when a queue has something: a queue to sleep on with poll().
class EventFd {
  public:
    EventFd();
    ~EventFd();
    EventFd(const EventFd&) = delete;
    EventFd& operator=(const EventFd&) = delete;

    void watch(rd_kafka_queue_t* queue);
    /// To be called when the queue's client may outlive this.
    static void forget(rd_kafka_queue_t* queue);
    /// To be called before the queue is served: what is enqueued after it is signalled again.
    void clear();
    [[nodiscard]] int fd() const { return fd_; }

  private:
    int fd_;
};

}  // namespace framebridge::kafka
