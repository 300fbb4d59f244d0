#include "kafka/producer_errors.h"

#include "kafka/security_hint.h"

namespace framebridge::kafka {

std::optional<DeliveryStatus> refusal(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            return DeliveryStatus::too_large;
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
            return DeliveryStatus::rejected;
        default:
            return std::nullopt;
    }
}

std::string refusal_reason(rd_kafka_resp_err_t error, std::string_view topic, std::size_t size) {
    const auto bytes = std::to_string(size) + " bytes";
    const auto where = " topic " + std::string(topic);
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        return "the broker refuses " + bytes + " as too large: raise max.message.bytes of" + where +
               ", or message.max.bytes of the brokers";
    }
    if (error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE) {
        return "the broker refuses " + bytes + " as larger than a log segment: raise segment.bytes of" +
               where;
    }
    return "the broker refuses the record for" + where + ": " + rd_kafka_err2str(error);
}

bool is_consequence(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
           error == RD_KAFKA_RESP_ERR__FATAL || error == RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE;
}

std::string hint(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return "; create the topic, or use --kafka-create-topic";
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            return "; allow this client's user Write on the topic";
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
            return "; the clock of this machine differs too much from the broker's: set it right, or give "
                   "the "
                   "topic message.timestamp.type=LogAppendTime";
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
            return "; raise the topic's message.format.version";
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return "; allow this client's user Write on the topic (before Kafka 2.8 also IdempotentWrite on "
                   "the cluster)";
        default:
            return security_hint(error, {});
    }
}

}  // namespace framebridge::kafka
