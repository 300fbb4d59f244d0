#include "kafka/topic_admin.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "kafka/client_conf.h"
#include "kafka/handles.h"
#include "kafka/security_hint.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using Clock = std::chrono::steady_clock;
using MetadataHandle = Handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;

/// What went wrong at the broker, or on the way there.
struct AdminError {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string text;
};

std::string text_of(rd_kafka_resp_err_t code, const char* detail) {
    return detail && *detail ? std::string(detail) : rd_kafka_err2str(code);
}

/// librdkafka tells nothing of a connection that is closed by a listener of another kind.
std::string cut_connection(rd_kafka_resp_err_t code) {
    return std::string(rd_kafka_err2str(code)) +
           ", no connection lasts; perhaps --kafka-config security.protocol is not that of the listener";
}

/// So often it is looked why connecting fails.
constexpr int attempt_ms = 2000;

class Admin {
  public:
    Admin(const ClientConfig& kafka, std::chrono::milliseconds limit)
        : kafka_(kafka),
          deadline_(Clock::now() + limit),
          client_(make_client(admin_conf(kafka), Role::admin, log_)),
          queue_(rd_kafka_queue_new(client_.get())) {}

    /// The error of the topic's metadata; of the way there when no broker answered. All topics are asked for:
    /// where a broker creates topics by itself, asking for one by its name could create it, not as specified.
    AdminError find_topic() {
        for (;;) {
            const rd_kafka_metadata_t* raw = nullptr;
            const auto limit = std::min(left(), attempt_ms);
            const auto error = rd_kafka_metadata(client_.get(), 1, nullptr, &raw, limit);
            const MetadataHandle metadata(raw);
            if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
                return find_in(*metadata);
            }
            note_errors();
            if (is_refusal(last_error_.code)) {
                return last_error_;
            }
            if (left() <= 1) {
                return {error, last_error_.text.empty() ? cut_connection(error) : last_error_.text};
            }
        }
    }
    /// What follows may take no longer than this.
    void limit(std::chrono::milliseconds limit) { deadline_ = std::min(deadline_, Clock::now() + limit); }
    /// As find_topic() saw them.
    [[nodiscard]] int partitions() const { return partitions_; }

    AdminError create_topic(const TopicSpec& spec) {
        std::array<char, 512> message{};
        const NewTopicHandle topic(rd_kafka_NewTopic_new(
            kafka_.topic.c_str(), spec.partitions, spec.replication_factor, message.data(), message.size()));
        if (!topic) {
            return {RD_KAFKA_RESP_ERR__INVALID_ARG, message.data()};
        }
        for (const auto& [name, value] : spec.config) {
            rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
        }
        auto* topics = topic.get();
        const auto options = make_options(RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_CreateTopics(client_.get(), &topics, 1, options.get(), queue_.get());
        const auto event = answer();
        auto error = error_of(event.get());
        if (error.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return error;
        }
        std::size_t count = 0;
        const auto* results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
        const auto code = rd_kafka_topic_result_error(results[0]);
        return {code, text_of(code, rd_kafka_topic_result_error_string(results[0]))};
    }

    AdminError describe(TopicRetention& retention) {
        const ConfigResourceHandle resource(
            rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, kafka_.topic.c_str()));
        auto* resources = resource.get();
        const auto options = make_options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
        rd_kafka_DescribeConfigs(client_.get(), &resources, 1, options.get(), queue_.get());
        const auto event = answer();
        auto error = error_of(event.get());
        if (error.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return error;
        }
        std::size_t count = 0;
        const auto* results = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event.get()), &count);
        const auto code = rd_kafka_ConfigResource_error(results[0]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return {code, text_of(code, rd_kafka_ConfigResource_error_string(results[0]))};
        }
        read(results[0], retention);
        return {};
    }

  private:
    AdminError find_in(const rd_kafka_metadata_t& metadata) {
        const rd_kafka_metadata_topic_t* begin = metadata.topics;
        const auto* end = begin + metadata.topic_cnt;
        const auto* topic =
            std::find_if(begin, end, [this](const auto& found) { return found.topic == kafka_.topic; });
        if (topic == end) {
            return {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "it does not exist"};
        }
        partitions_ = topic->partition_cnt;
        return {topic->err, rd_kafka_err2str(topic->err)};
    }

    static ConfHandle admin_conf(const ClientConfig& kafka) {
        auto conf = make_valid_conf(kafka, Role::admin);
        rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
        return conf;
    }

    /// Why connecting fails is said by events only.
    void note_errors() {
        const QueueHandle queue(rd_kafka_queue_get_main(client_.get()));
        while (const EventHandle event{rd_kafka_queue_poll(queue.get(), 0)}) {
            const auto code = rd_kafka_event_error(event.get());
            const char* text = rd_kafka_event_error_string(event.get());
            if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
                last_error_ = {code, text + security_hint(code, text)};
            }
        }
    }

    [[nodiscard]] int left() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
        return std::max(1, static_cast<int>(left.count()));
    }

    AdminOptionsHandle make_options(rd_kafka_admin_op_t operation) {
        AdminOptionsHandle options(rd_kafka_AdminOptions_new(client_.get(), operation));
        std::array<char, 512> message{};
        rd_kafka_AdminOptions_set_request_timeout(options.get(), left(), message.data(), message.size());
        return options;
    }

    EventHandle answer() { return EventHandle(rd_kafka_queue_poll(queue_.get(), left())); }

    static AdminError error_of(const rd_kafka_event_t* event) {
        if (!event) {
            return {RD_KAFKA_RESP_ERR__TIMED_OUT, rd_kafka_err2str(RD_KAFKA_RESP_ERR__TIMED_OUT)};
        }
        // The event's functions do not change it, but take it as not const.
        auto* mutable_event = const_cast<rd_kafka_event_t*>(event);
        const auto code = rd_kafka_event_error(mutable_event);
        return {code, text_of(code, rd_kafka_event_error_string(mutable_event))};
    }

    static void read(const rd_kafka_ConfigResource_t* resource, TopicRetention& retention) {
        std::size_t count = 0;
        const auto* entries = rd_kafka_ConfigResource_configs(resource, &count);
        for (std::size_t i = 0; i < count; ++i) {
            const char* value = rd_kafka_ConfigEntry_value(entries[i]);
            if (value != nullptr &&
                std::string_view(rd_kafka_ConfigEntry_name(entries[i])) == "cleanup.policy") {
                const std::string_view policy = value;
                retention.compacts = policy.find("compact") != std::string_view::npos;
                retention.deletes = policy.find("delete") != std::string_view::npos;
                continue;
            }
            std::int64_t number = 0;
            if (!value || std::from_chars(value, value + std::strlen(value), number).ec != std::errc{}) {
                continue;
            }
            const std::string_view name = rd_kafka_ConfigEntry_name(entries[i]);
            if (name == "retention.ms") {
                retention.retention = std::chrono::milliseconds(number);
            } else if (name == "segment.ms") {
                retention.segment = std::chrono::milliseconds(number);
            } else if (name == "max.message.bytes") {
                retention.max_message_bytes = number;
            }
        }
    }

    ClientConfig kafka_;
    Clock::time_point deadline_;
    ClientLog log_;
    ClientHandle client_;
    QueueHandle queue_;
    int partitions_ = 0;
    AdminError last_error_;
};

bool away(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR__RESOLVE || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE;
}

[[noreturn]] void give_up(const ClientConfig& kafka, const std::string& what, const AdminError& error) {
    const auto text = what + " topic '" + kafka.topic + "' on " + kafka.brokers + ": " + error.text;
    if (is_refusal(error.code)) {
        const auto hint = security_hint(error.code, error.text);
        throw runtime::Failure(runtime::FailureKind::not_permitted,
                               error.text.ends_with(hint) ? text : text + hint);
    }
    if (away(error.code)) {
        throw runtime::Failure(runtime::FailureKind::unavailable,
                               text + "; no broker answered in time, see --kafka-brokers");
    }
    throw runtime::Failure(runtime::FailureKind::misconfigured, text);
}

}  // namespace

TopicStatus ensure_topic(const ClientConfig& kafka, const std::optional<TopicSpec>& create,
                         std::chrono::milliseconds limit) {
    Admin admin(kafka, limit);
    const auto found = admin.find_topic();
    if (found.code == RD_KAFKA_RESP_ERR_NO_ERROR || found.code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
        return TopicStatus::exists;
    }
    if (found.code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
        found.code != RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
        give_up(kafka, "cannot look up", found);
    }
    if (!create) {
        // A broker does not list what this client may not see.
        TopicRetention retention;
        admin.limit(std::chrono::seconds(2));
        if (const auto error = admin.describe(retention); is_refusal(error.code)) {
            give_up(kafka, "does not exist, or may not be seen by this client:", error);
        }
        return TopicStatus::missing;
    }
    const auto error = admin.create_topic(*create);
    if (error.code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return TopicStatus::exists;
    }
    if (error.code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        give_up(kafka, "cannot create", error);
    }
    return TopicStatus::created;
}

std::optional<int> count_partitions(const ClientConfig& kafka, std::chrono::milliseconds limit) {
    Admin admin(kafka, limit);
    const auto error = admin.find_topic().code;
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? std::optional(admin.partitions()) : std::nullopt;
}

void expect_retention(const ClientConfig& kafka, std::chrono::milliseconds limit) {
    Admin admin(kafka, limit);
    TopicRetention retention;
    if (const auto error = admin.describe(retention); away(error.code)) {
        give_up(kafka, "cannot describe", error);
    }
}

std::optional<TopicRetention> describe_retention(const ClientConfig& kafka, std::chrono::milliseconds limit,
                                                 std::string& error) {
    Admin admin(kafka, limit);
    TopicRetention retention;
    auto problem = admin.describe(retention);
    if (problem.code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return retention;
    }
    error = "topic '" + kafka.topic + "' cannot be described: " + problem.text;
    return std::nullopt;
}

}  // namespace framebridge::kafka
