#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <string>

#include "kafka/client_health.h"
#include "kafka/client_log.h"
#include "kafka/event_fd.h"
#include "kafka/handles.h"
#include "kafka/producer.h"

namespace framebridge::kafka {

/// One life of a librdkafka producer: from its making to the first failure that ends it.
class ProducerClient {
  public:
    /// `batching`: whether several records may share a batch.
    ProducerClient(const ProducerConfig& config, bool batching, ClientLog& log, ClientHealth& health);

    /// Gives the record to librdkafka, which refers to key and value until its report. `opaque` returns with
    /// it.
    rd_kafka_resp_err_t produce(const ProducerRecord& record, void* opaque);

    struct Report {
        void* opaque;
        rd_kafka_resp_err_t error;
        std::string_view topic;
        std::int32_t partition;
        std::int64_t offset;
    };
    /// Serves what is due. Returns the first fatal error, after which nothing can be produced any more.
    rd_kafka_resp_err_t serve(const std::function<void(const Report&)>& on_report);

    /// Drops what was not sent yet; what was sent still gets its report, if the broker answers.
    void stop_sending();
    /// Records without a report.
    [[nodiscard]] int outstanding() const { return rd_kafka_outq_len(client_.get()); }
    [[nodiscard]] int fd() const { return event_fd_.fd(); }
    /// Records at least this large never share a batch.
    [[nodiscard]] std::size_t batch_bytes() const { return batch_bytes_; }
    [[nodiscard]] std::size_t message_limit() const { return message_limit_; }
    [[nodiscard]] bool compresses() const { return compresses_; }

  private:
    void on_error(rd_kafka_event_t* event, rd_kafka_resp_err_t& fatal);

    ClientLog& log_;
    ClientHealth& health_;
    EventFd event_fd_;
    std::size_t batch_bytes_ = 0;
    std::size_t message_limit_ = 0;
    bool compresses_ = false;
    ClientHandle client_;
    TopicHandle topic_;
    QueueHandle queue_;
    std::vector<rd_kafka_vu_t> arguments_;
};

}  // namespace framebridge::kafka
