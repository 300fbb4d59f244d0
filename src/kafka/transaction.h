#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/client_log.h"
#include "kafka/handles.h"
#include "kafka/producer.h"

namespace framebridge::kafka {

/// Produces records to topics all together or not at all. For tools: every call blocks for at most its limit.
/// Throws Failure if the brokers do not answer or do not allow it; then nothing of the transaction is to be
/// seen. A second one of the same id ends the first one. One thread at a time.
class TransactionalProducer {
  public:
    struct Record {
        std::string topic;
        std::string key;
        std::string value;
        std::vector<RecordHeader> headers;
    };

    TransactionalProducer(ClientConfig config, const std::string& transactional_id,
                          std::chrono::milliseconds limit);
    ~TransactionalProducer();
    TransactionalProducer(const TransactionalProducer&) = delete;
    TransactionalProducer& operator=(const TransactionalProducer&) = delete;

    void produce_all(const std::vector<Record>& records, std::chrono::milliseconds limit);

  private:
    void produce(const Record& record);
    void check(const std::string& what, ErrorHandle error) const;

    ClientConfig config_;
    std::shared_ptr<ClientLog> log_ = std::make_shared<ClientLog>();
    ClientHandle client_;
};

}  // namespace framebridge::kafka
