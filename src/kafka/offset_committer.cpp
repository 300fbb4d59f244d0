#include "kafka/offset_committer.h"

#include "kafka/client_conf.h"

namespace framebridge::kafka {

namespace {

constexpr auto interval = std::chrono::seconds(1);
constexpr std::chrono::milliseconds destroy_limit = std::chrono::seconds(1);

}  // namespace

OffsetCommitter::OffsetCommitter(const ClientConfig& config, const std::string& group)
    : config_(config),
      group_(group),
      client_(make_client(
          make_valid_conf(config, Role::consumer, {}, {{"group.id", group}, {"enable.auto.commit", "false"}}),
          Role::consumer, *log_)),
      answers_(rd_kafka_queue_new(client_.get())) {}

OffsetCommitter::~OffsetCommitter() {
    answers_.reset();
    destroy_within(destroy_limit, std::move(client_), log_);
}

void OffsetCommitter::store(std::int32_t partition, std::int64_t next_offset) {
    stored_[partition] = next_offset;
    take_events();
    if (const auto now = Clock::now(); now >= due_) {
        due_ = now + interval;
        rd_kafka_commit_queue(client_.get(), list().get(), answers_.get(), nullptr, nullptr);
    }
}

bool OffsetCommitter::close(std::chrono::milliseconds limit) {
    if (stored_.empty()) {
        return true;
    }
    take_events();
    const QueueHandle answer(rd_kafka_queue_new(client_.get()));
    auto error = rd_kafka_commit_queue(client_.get(), list().get(), answer.get(), nullptr, nullptr);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const EventHandle event(rd_kafka_queue_poll(answer.get(), static_cast<int>(limit.count())));
        error = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        log_->error(
            error,
            ("offsets were not committed to group '" + group_ + "': " + rd_kafka_err2str(error)).c_str());
    }
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

PartitionListHandle OffsetCommitter::list() const {
    PartitionListHandle offsets(rd_kafka_topic_partition_list_new(static_cast<int>(stored_.size())));
    for (const auto& [partition, offset] : stored_) {
        rd_kafka_topic_partition_list_add(offsets.get(), config_.topic.c_str(), partition)->offset = offset;
    }
    return offsets;
}

void OffsetCommitter::take_events() {
    while (const EventHandle event{rd_kafka_queue_poll(answers_.get(), 0)}) {
        if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            log_->error(
                error,
                ("offsets were not committed to group '" + group_ + "': " + rd_kafka_err2str(error)).c_str());
        }
    }
}

}  // namespace framebridge::kafka
