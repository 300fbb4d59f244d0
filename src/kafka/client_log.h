#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>

#include "kafka/handles.h"
#include "runtime/rate_limit.h"

namespace framebridge::kafka {

/// By librdkafka's name of the error, such as `_TRANSPORT`.
using ErrorCounts = std::map<std::string_view, std::uint64_t>;

/// Takes what a librdkafka client says, from any of its threads, to spdlog. While brokers are away librdkafka
/// says the same over and over: below warnings everything passes, from there on one line per interval.
class ClientLog {
  public:
    /// Makes it the log of the client to be made of `conf`. It must outlive that client.
    void attach(rd_kafka_conf_t* conf);
    /// An RD_KAFKA_EVENT_ERROR's code and text.
    void error(rd_kafka_resp_err_t code, const char* text);

    /// Counts an error that is said elsewhere.
    void count(rd_kafka_resp_err_t code);
    /// The errors until now, by their names in librdkafka.
    [[nodiscard]] ErrorCounts errors() const;

    /// Nothing is said any more, from now on.
    void mute() { muted_ = true; }

  private:
    static void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text);
    void line(int level, const char* facility, const char* text);

    std::atomic<bool> muted_ = false;
    mutable std::mutex mutex_;
    runtime::RateLimit limit_;
    ErrorCounts errors_;
};

}  // namespace framebridge::kafka
