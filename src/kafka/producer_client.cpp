#include "kafka/producer_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kafka/client_conf.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

ConfHandle producer_conf(const ProducerConfig& config, bool batching) {
    Properties settings{
        {"queue.buffering.max.messages", "10000000"},
        {"queue.buffering.max.kbytes",
         std::to_string(std::clamp<std::size_t>(config.queue_bytes >> 10, 1, 2'147'483'647))},
    };
    if (!batching) {
        settings.emplace_back("batch.num.messages", "1");
    }
    auto conf = make_valid_conf(
        config.kafka, Role::producer,
        {{"linger.ms", std::to_string(config.linger.count())}, {"statistics.interval.ms", "2000"}}, settings);
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS);
    return conf;
}

std::size_t get_size(const rd_kafka_conf_t* conf, const char* name) {
    return std::stoull(get_property(conf, name));
}

}  // namespace

ProducerClient::ProducerClient(const ProducerConfig& config, bool batching, ClientLog& log,
                               ClientHealth& health)
    : log_(log), health_(health) {
    auto conf = producer_conf(config, batching);
    batch_bytes_ = batching ? get_size(conf.get(), "batch.size") : 0;
    message_limit_ = get_size(conf.get(), "message.max.bytes");
    compresses_ = get_property(conf.get(), "compression.codec") != "none";
    client_ = make_client(std::move(conf), Role::producer, log);
    topic_.reset(rd_kafka_topic_new(client_.get(), config.kafka.topic.c_str(), nullptr));
    if (!topic_) {
        throw runtime::Failure(runtime::FailureKind::misconfigured,
                               "--kafka-topic '" + config.kafka.topic +
                                   "' is refused by librdkafka: " + rd_kafka_err2str(rd_kafka_last_error()));
    }
    queue_.reset(rd_kafka_queue_get_main(client_.get()));
    event_fd_.watch(queue_.get());
}

rd_kafka_resp_err_t ProducerClient::produce(const ProducerRecord& record, void* opaque) {
    auto& arguments = arguments_;
    arguments.clear();
    const auto add = [&arguments](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
        auto& argument = arguments.emplace_back();
        argument.vtype = type;
        return argument;
    };
    std::string topic;
    if (record.topic.empty()) {
        add(RD_KAFKA_VTYPE_RKT).u.rkt = topic_.get();
    } else {
        topic = record.topic;
        add(RD_KAFKA_VTYPE_TOPIC).u.cstr = topic.c_str();
    }
    // librdkafka's interface takes what it only reads as not const.
    if (!record.key.empty()) {
        add(RD_KAFKA_VTYPE_KEY).u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
    }
    add(RD_KAFKA_VTYPE_VALUE).u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
    add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = opaque;
    if (record.headers) {
        for (const auto& header : *record.headers) {
            auto& argument = add(RD_KAFKA_VTYPE_HEADER).u.header;
            argument.name = header.name.c_str();
            argument.val = header.value.data();
            argument.size = static_cast<ssize_t>(header.value.size());
        }
    }
    const ErrorHandle error(rd_kafka_produceva(client_.get(), arguments.data(), arguments.size()));
    return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t ProducerClient::serve(const std::function<void(const Report&)>& on_report) {
    auto fatal = RD_KAFKA_RESP_ERR_NO_ERROR;
    event_fd_.clear();
    while (const EventHandle event{rd_kafka_queue_poll(queue_.get(), 0)}) {
        switch (rd_kafka_event_type(event.get())) {
            case RD_KAFKA_EVENT_DR:
                while (const auto* message = rd_kafka_event_message_next(event.get())) {
                    on_report({message->_private, message->err, rd_kafka_topic_name(message->rkt),
                               message->partition, message->offset});
                }
                break;
            case RD_KAFKA_EVENT_ERROR:
                on_error(event.get(), fatal);
                break;
            case RD_KAFKA_EVENT_STATS:
                health_.statistics(parse_statistics(rd_kafka_event_stats(event.get())));
                break;
            default:
                break;
        }
    }
    return fatal;
}

void ProducerClient::on_error(rd_kafka_event_t* event, rd_kafka_resp_err_t& fatal) {
    const auto code = rd_kafka_event_error(event);
    if (rd_kafka_event_error_is_fatal(event)) {
        std::array<char, 512> reason{};
        fatal = rd_kafka_fatal_error(client_.get(), reason.data(), reason.size());
        return;
    }
    health_.error(code, rd_kafka_event_error_string(event));
    log_.error(code, rd_kafka_event_error_string(event));
}

void ProducerClient::stop_sending() {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

}  // namespace framebridge::kafka
