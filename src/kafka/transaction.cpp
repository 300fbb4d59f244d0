#include "kafka/transaction.h"

#include <algorithm>

#include "kafka/client_conf.h"
#include "runtime/failure.h"

namespace framebridge::kafka {

namespace {

constexpr std::chrono::milliseconds destroy_limit = std::chrono::seconds(1);

ConfHandle transactional_conf(const ClientConfig& config, const std::string& id,
                              std::chrono::milliseconds limit) {
    const auto timeout = std::to_string(std::clamp<std::int64_t>(limit.count(), 1000, 900'000));
    // The role's properties are for a producer that never gives up; a transaction is given up as a whole.
    return make_valid_conf(config, Role::admin, {},
                           {{"transactional.id", id},
                            {"transaction.timeout.ms", timeout},
                            {"message.timeout.ms", timeout},
                            {"enable.idempotence", "true"}});
}

int to_int(std::chrono::milliseconds limit) {
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(1, limit.count()));
}

}  // namespace

TransactionalProducer::TransactionalProducer(ClientConfig config, const std::string& transactional_id,
                                             std::chrono::milliseconds limit)
    : config_(std::move(config)),
      client_(make_client(transactional_conf(config_, transactional_id, limit), Role::producer, *log_)) {
    check("cannot begin to write", ErrorHandle(rd_kafka_init_transactions(client_.get(), to_int(limit))));
}

TransactionalProducer::~TransactionalProducer() {
    destroy_within(destroy_limit, std::move(client_), log_);
}

void TransactionalProducer::check(const std::string& what, ErrorHandle error) const {
    if (!error) {
        return;
    }
    const auto code = rd_kafka_error_code(error.get());
    const auto text = what + " on " + config_.brokers + ": " + rd_kafka_error_string(error.get());
    const bool forbidden = code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
                           code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                           code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
    throw runtime::Failure(
        forbidden ? runtime::FailureKind::not_permitted : runtime::FailureKind::unavailable,
        text + (forbidden ? "; it takes the ACLs Write on the topics and on the transactional id" : ""));
}

void TransactionalProducer::produce(const Record& record) {
    auto* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& header : record.headers) {
        rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                            header.value.data(), static_cast<ssize_t>(header.value.size()));
    }
    const auto error = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(record.topic.c_str()),
        RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
        throw runtime::Failure(runtime::FailureKind::unavailable,
                               "cannot write to topic '" + record.topic + "': " + rd_kafka_err2str(error));
    }
}

void TransactionalProducer::produce_all(const std::vector<Record>& records, std::chrono::milliseconds limit) {
    check("cannot begin a transaction", ErrorHandle(rd_kafka_begin_transaction(client_.get())));
    try {
        for (const auto& record : records) {
            produce(record);
        }
        check("cannot commit a transaction",
              ErrorHandle(rd_kafka_commit_transaction(client_.get(), to_int(limit))));
    } catch (const runtime::Failure&) {
        const ErrorHandle ignored(rd_kafka_abort_transaction(client_.get(), to_int(limit)));
        throw;
    }
}

}  // namespace framebridge::kafka
