#include "kafka/unreadable_probe.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "kafka/client_conf.h"

namespace framebridge::kafka {
namespace {

using MessageHandle = Handle<rd_kafka_message_t, rd_kafka_message_destroy>;

constexpr int look_ms = 200;
constexpr std::chrono::milliseconds destroy_limit = std::chrono::seconds(1);

}  // namespace

bool is_unreadable(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__BAD_MSG:
        case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
        case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return true;
        default:
            return false;
    }
}

UnreadableProbe::UnreadableProbe(ClientConfig config, UnreadablePlace place)
    : config_(std::move(config)), place_(place), thread_([this] { run(); }) {}

UnreadableProbe::~UnreadableProbe() {
    stopping_ = true;
    thread_.join();
}

std::optional<std::int64_t> UnreadableProbe::end() const {
    const std::lock_guard lock(mutex_);
    return end_;
}

void UnreadableProbe::run() {
    const auto find_end = [this] {
        const auto log = std::make_shared<ClientLog>();
        auto client = make_client(make_valid_conf(config_, Role::consumer, {},
                                                  {{"enable.partition.eof", "true"},
                                                   {"enable.auto.commit", "false"},
                                                   {"auto.offset.reset", "error"},
                                                   {"fetch.message.max.bytes", "65536"}}),
                                  Role::consumer, *log);
        log->mute();
        TopicHandle topic(rd_kafka_topic_new(client.get(), config_.topic.c_str(), nullptr));
        auto inside = place_.offset;
        std::int64_t step = 1;
        while (!stopping_ && in_batch(topic.get(), place_.offset + step)) {
            inside = place_.offset + step;
            step *= 2;
        }
        auto outside = place_.offset + step;
        while (!stopping_ && outside - inside > 1) {
            const auto middle = inside + (outside - inside) / 2;
            (in_batch(topic.get(), middle) ? inside : outside) = middle;
        }
        topic.reset();
        destroy_within(destroy_limit, std::move(client), log);
        return outside;
    };
    auto end = place_.offset + 1;
    try {
        end = find_end();
    } catch (const std::exception& error) {
        spdlog::warn("kafka: no client to look behind offset {} of partition {}: {}", place_.offset,
                     place_.partition, error.what());
    }
    if (!stopping_) {
        const std::lock_guard lock(mutex_);
        end_ = end;
        event_fd_.signal();
    }
}

bool UnreadableProbe::in_batch(rd_kafka_topic_t* topic, std::int64_t offset) const {
    rd_kafka_consume_start(topic, place_.partition, offset);
    bool found = false;
    for (bool known = false; !known && !stopping_;) {
        const MessageHandle message(rd_kafka_consume(topic, place_.partition, look_ms));
        if (!message) {
            continue;
        }
        found = is_unreadable(message->err) && message->offset == place_.batch;
        known = message->err == RD_KAFKA_RESP_ERR_NO_ERROR || is_unreadable(message->err) ||
                message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ||
                message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
    }
    rd_kafka_consume_stop(topic, place_.partition);
    return found;
}

}  // namespace framebridge::kafka
