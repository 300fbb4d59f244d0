#include "kafka/cluster_view.h"

#include <algorithm>
#include <array>

#include "kafka/client_conf.h"
#include "kafka/security_hint.h"
#include "runtime/failure.h"

namespace framebridge::kafka {

namespace {

using MetadataHandle = Handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;

constexpr std::chrono::milliseconds destroy_limit = std::chrono::seconds(1);

int to_int(std::chrono::milliseconds limit) {
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(1, limit.count()));
}

}  // namespace

ClusterView::ClusterView(ClientConfig config)
    : config_(std::move(config)),
      client_(make_client(make_valid_conf(config_, Role::admin), Role::admin, *log_)),
      queue_(rd_kafka_queue_new(client_.get())) {}

ClusterView::~ClusterView() {
    queue_.reset();
    destroy_within(destroy_limit, std::move(client_), log_);
}

void ClusterView::fail(const std::string& asked, rd_kafka_resp_err_t code, const char* detail) const {
    const auto text = "cannot find out " + asked + " on " + config_.brokers + ": " +
                      (detail != nullptr && *detail != '\0' ? detail : rd_kafka_err2str(code));
    if (is_refusal(code)) {
        throw runtime::Failure(runtime::FailureKind::not_permitted, text + "; it takes the ACL Describe");
    }
    throw runtime::Failure(runtime::FailureKind::unavailable, text + "; see --kafka-brokers");
}

std::vector<std::string> ClusterView::topics(std::chrono::milliseconds limit) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 1, nullptr, &raw, to_int(limit));
    const MetadataHandle metadata(raw);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("the topics", error, nullptr);
    }
    std::vector<std::string> found;
    for (int index = 0; index < metadata->topic_cnt; ++index) {
        const std::string name = metadata->topics[index].topic;
        if (!name.starts_with("__")) {
            found.push_back(name);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

ClusterView::Options ClusterView::options_for(rd_kafka_admin_op_t operation,
                                              std::chrono::milliseconds limit) {
    Options options(rd_kafka_AdminOptions_new(client_.get(), operation));
    std::array<char, 512> message{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), to_int(limit), message.data(), message.size());
    return options;
}

EventHandle ClusterView::answer(const std::string& asked, std::chrono::milliseconds limit) {
    EventHandle event(rd_kafka_queue_poll(queue_.get(), to_int(limit)));
    if (!event) {
        fail(asked, RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
    }
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(asked, code, rd_kafka_event_error_string(event.get()));
    }
    return event;
}

std::vector<GroupInfo> ClusterView::groups(std::chrono::milliseconds limit) {
    const auto list_options = options_for(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, limit);
    rd_kafka_ListConsumerGroups(client_.get(), list_options.get(), queue_.get());
    const auto listed = answer("the consumer groups", limit);
    std::size_t count = 0;
    const auto* listings = rd_kafka_ListConsumerGroups_result_valid(
        rd_kafka_event_ListConsumerGroups_result(listed.get()), &count);
    std::vector<const char*> ids;
    for (std::size_t index = 0; index < count; ++index) {
        ids.push_back(rd_kafka_ConsumerGroupListing_group_id(listings[index]));
    }
    if (ids.empty()) {
        return {};
    }
    const auto describe_options = options_for(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, limit);
    rd_kafka_DescribeConsumerGroups(client_.get(), ids.data(), ids.size(), describe_options.get(),
                                    queue_.get());
    const auto described = answer("the consumer groups", limit);
    const auto* descriptions = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(described.get()), &count);
    std::vector<GroupInfo> found;
    for (std::size_t index = 0; index < count; ++index) {
        const auto* group = descriptions[index];
        found.push_back(
            {.id = rd_kafka_ConsumerGroupDescription_group_id(group),
             .state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(group)),
             .members = rd_kafka_ConsumerGroupDescription_member_count(group)});
    }
    std::sort(found.begin(), found.end(),
              [](const auto& left, const auto& right) { return left.id < right.id; });
    return found;
}

std::map<std::int32_t, std::int64_t> ClusterView::committed(const std::string& group,
                                                            const std::string& topic,
                                                            const std::vector<std::int32_t>& partitions,
                                                            std::chrono::milliseconds limit) {
    // As the group's own members ask: librdkafka 2.0.2 crashes at times in ListConsumerGroupOffsets, where a
    // group's coordinator is not known yet.
    const auto client = make_client(
        make_valid_conf(config_, Role::consumer, {}, {{"group.id", group}, {"enable.auto.commit", "false"}}),
        Role::consumer, *log_);
    const PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto partition : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    }
    const auto asked = "the offsets of group '" + group + "'";
    if (const auto error = rd_kafka_committed(client.get(), list.get(), to_int(limit));
        error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(asked, error, nullptr);
    }
    std::map<std::int32_t, std::int64_t> offsets;
    for (int index = 0; index < list->cnt; ++index) {
        const auto& found = list->elems[index];
        if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fail(asked, found.err, nullptr);
        }
        if (found.offset >= 0) {
            offsets[found.partition] = found.offset;
        }
    }
    return offsets;
}

}  // namespace framebridge::kafka
