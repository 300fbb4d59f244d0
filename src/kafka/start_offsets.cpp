#include "kafka/start_offsets.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kafka/topic_check.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

using MetadataHandle = Handle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;

/// Short, so that a stop does not wait long for the thread.
constexpr int request_limit_ms = 1000;
constexpr auto pause = std::chrono::milliseconds(200);
/// A leader that does not answer must not keep the other partitions waiting.
constexpr auto offsets_limit = std::chrono::seconds(3);

[[noreturn]] void fail(std::int32_t partition, const std::string& what) {
    throw runtime::Failure(runtime::FailureKind::bad_data,
                           "partition " + std::to_string(partition) + ": " + what +
                               ", and auto.offset.reset is 'error' (--kafka-auto-offset-reset): set the "
                               "group's offsets, or choose earliest or latest");
}

}  // namespace

std::vector<StartOffset> find_start_offsets(const std::vector<std::int32_t>& partitions,
                                            const std::vector<PartitionState>& topic,
                                            const std::string& auto_offset_reset) {
    const bool begun = std::any_of(topic.begin(), topic.end(),
                                   [](const auto& state) { return state.committed.has_value(); });
    std::vector<StartOffset> starts;
    for (const auto& state : topic) {
        const bool assigned =
            std::find(partitions.begin(), partitions.end(), state.partition) != partitions.end();
        // The first member of a group that begins at the end says so for all partitions at once: to others a
        // partition without an offset is one that was added later.
        if (!assigned && begun) {
            continue;
        }
        StartOffset start;
        start.partition = state.partition;
        if (state.committed) {
            start.offset = *state.committed;
            const bool other_topic = state.mark && state.there && *state.mark != *state.there;
            if (state.begin && *state.committed < *state.begin) {
                start.offset = *state.begin;
                start.missing = *state.begin - *state.committed;
            } else if (other_topic || (state.end && *state.committed > *state.end)) {
                start.offset = state.begin.value_or(RD_KAFKA_OFFSET_BEGINNING);
                start.rewound = true;
            } else {
                start.mark = state.mark;
            }
            if (auto_offset_reset == "error" && start.offset != *state.committed) {
                fail(state.partition, "the group's offset " + std::to_string(*state.committed) +
                                          " is not there any more" +
                                          (other_topic ? " (the topic was deleted and made anew)" : ""));
            }
        } else if (auto_offset_reset == "error") {
            fail(state.partition, "the group has no offset");
        } else if (auto_offset_reset == "latest" && !begun) {
            start.offset = state.end.value_or(RD_KAFKA_OFFSET_END);
            start.commit = state.end.has_value();
        } else {
            start.offset = state.begin.value_or(RD_KAFKA_OFFSET_BEGINNING);
        }
        if (assigned || start.commit) {
            starts.push_back(start);
        }
    }
    return starts;
}

TopicStateQuery::TopicStateQuery(rd_kafka_t* client, ClientConfig config,
                                 std::vector<std::int32_t> partitions)
    : client_(client),
      config_(std::move(config)),
      partitions_(std::move(partitions)),
      thread_([this] { run(); }) {}

TopicStateQuery::~TopicStateQuery() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stop_asked_.notify_all();
    thread_.join();
}

bool TopicStateQuery::stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

std::optional<std::vector<PartitionState>> TopicStateQuery::answer() const {
    const std::lock_guard lock(mutex_);
    return answer_;
}

std::string TopicStateQuery::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

void TopicStateQuery::run() {
    for (;;) {
        std::vector<PartitionState> partitions;
        const auto error = ask(partitions);
        std::unique_lock lock(mutex_);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            problem_.clear();
            answer_ = std::move(partitions);
            event_fd_.signal();
            return;
        }
        problem_ = std::string("Kafka does not tell where the group goes on: ") + rd_kafka_err2str(error);
        if (stop_asked_.wait_for(lock, pause, [this] { return stopping_; })) {
            return;
        }
    }
}

rd_kafka_resp_err_t TopicStateQuery::ask(std::vector<PartitionState>& partitions) {
    const TopicHandle topic(rd_kafka_topic_new(client_, config_.topic.c_str(), nullptr));
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error = rd_kafka_metadata(client_, 0, topic.get(), &raw, request_limit_ms);
    const MetadataHandle metadata(raw);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return error;
    }
    if (metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0) {
        return metadata->topic_cnt == 1 && metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR
                   ? metadata->topics[0].err
                   : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    }
    for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
        partitions.emplace_back().partition = metadata->topics[0].partitions[i].id;
    }
    if (const auto committed = ask_committed(partitions); committed != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return committed;
    }
    const auto give_up_at = std::chrono::steady_clock::now() + offsets_limit;
    for (auto& state : partitions) {
        if (stopping() || std::chrono::steady_clock::now() > give_up_at) {
            break;
        }
        std::int64_t begin = 0;
        std::int64_t end = 0;
        if (rd_kafka_query_watermark_offsets(client_, config_.topic.c_str(), state.partition, &begin, &end,
                                             request_limit_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            state.begin = begin;
            state.end = end;
        }
    }
    find_marks(partitions);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void TopicStateQuery::find_marks(std::vector<PartitionState>& partitions) const {
    std::map<std::int32_t, RecordMark> marks;
    for (const auto& state : partitions) {
        const bool assigned =
            std::find(partitions_.begin(), partitions_.end(), state.partition) != partitions_.end();
        if (assigned && state.mark) {
            marks.emplace(state.partition, *state.mark);
        }
    }
    if (marks.empty() || stopping()) {
        return;
    }
    const auto there = find_records(config_, marks);
    for (auto& state : partitions) {
        if (const auto found = there.find(state.partition); found != there.end()) {
            state.there = found->second;
        }
    }
}

rd_kafka_resp_err_t TopicStateQuery::ask_committed(std::vector<PartitionState>& partitions) {
    const PartitionListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& state : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), config_.topic.c_str(), state.partition);
    }
    if (const auto error = rd_kafka_committed(client_, list.get(), request_limit_ms);
        error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return error;
    }
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        const auto& element = list->elems[i];
        if (element.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return element.err;
        }
        if (element.offset >= 0) {
            partitions[i].committed = element.offset;
            partitions[i].mark =
                RecordMark::parse({static_cast<const char*>(element.metadata), element.metadata_size});
        }
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace framebridge::kafka
