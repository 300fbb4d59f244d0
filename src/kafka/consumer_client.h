#pragma once

#include <memory>
#include <string>

#include "kafka/client_conf.h"
#include "kafka/client_log.h"
#include "kafka/consumer.h"
#include "kafka/handles.h"

namespace framebridge::kafka {

/// A librdkafka consumer that has subscribed, and its end, which must neither block nor abort the process.
class ConsumerClient {
  public:
    explicit ConsumerClient(const ConsumerConfig& config);
    ~ConsumerClient();
    ConsumerClient(const ConsumerClient&) = delete;
    ConsumerClient& operator=(const ConsumerClient&) = delete;

    [[nodiscard]] rd_kafka_t* get() const { return client_.get(); }
    [[nodiscard]] ClientLog& log() { return *log_; }
    [[nodiscard]] const ClientLog& log() const { return *log_; }
    [[nodiscard]] bool cooperative() const;
    void note_assignment() { was_assigned_ = true; }
    /// What a fatal error says, and what to do.
    [[noreturn]] void fail() const;

  private:
    [[nodiscard]] bool must_not_be_destroyed() const;

    const ConsumerConfig config_;
    std::shared_ptr<ClientLog> log_ = std::make_shared<ClientLog>();
    ClientHandle client_;
    bool was_assigned_ = false;
};

}  // namespace framebridge::kafka
