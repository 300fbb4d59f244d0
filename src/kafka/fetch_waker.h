#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kafka/handles.h"

namespace framebridge::kafka {

/// Makes librdkafka go on fetching once a full prefetch queue has room again. Before 2.2, which has
/// fetch.queue.backoff.ms, a thread that found the queue full looks at it again only after up to a second, or
/// when it has a request to send. A queue of 64 MiB is consumed in a tenth of that.
class FetchWaker {
  public:
    explicit FetchWaker(rd_kafka_t* client);

    /// A record of so many bytes left the queue.
    void taken(std::size_t bytes) { consumed_ += per_record_ + per_byte_ * static_cast<double>(bytes); }
    /// Whether so much was taken since the last wake() that fetching may have stopped and can go on.
    [[nodiscard]] bool due() const { return consumed_ >= enough; }
    /// Gives the thread of the partition's leader a request to send. Does not wait for an answer.
    void wake(const std::string& topic, std::int32_t partition);

  private:
    static constexpr double enough = 0.25;

    rd_kafka_t* client_;
    // Parts of the queue, which is full by its bytes or by its number of records.
    double per_record_ = 0;
    double per_byte_ = 0;
    double consumed_ = 0;
};

}  // namespace framebridge::kafka
