#include "kafka/security_hint.h"

namespace framebridge::kafka {

std::string security_hint(rd_kafka_resp_err_t code, std::string_view text) {
    const auto says = [text](std::string_view words) { return text.find(words) != std::string_view::npos; };
    switch (code) {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            return "; allow this client's user Describe on the topic, and Write (a sink, dead letters) or "
                   "Read (a "
                   "source)";
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            return "; allow this client's user Read on the consumer group (--kafka-group-id)";
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return "; allow this client's user IdempotentWrite on the cluster, or Create to create topics";
        case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
            return "; --kafka-partition-assignment-strategy has to be the same for all members of the group";
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
        case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            return "; see --kafka-config sasl.mechanism, sasl.username and sasl.password";
        case RD_KAFKA_RESP_ERR__SSL:
            return says("certificate verify failed") || says("unable to get local issuer")
                       ? "; see --kafka-config ssl.ca.location: the broker's certificate is of another "
                         "authority, or "
                         "has expired"
                       : "; see --kafka-config security.protocol, ssl.ca.location and "
                         "ssl.certificate.location";
        case RD_KAFKA_RESP_ERR__TRANSPORT:
            return says("ApiVersion") || says("security.protocol") || says("handshake")
                       ? "; perhaps --kafka-config security.protocol is not that of the listener"
                       : "";
        default:
            return "";
    }
}

bool is_refusal(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
        case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
            return true;
        default:
            return false;
    }
}

}  // namespace framebridge::kafka
