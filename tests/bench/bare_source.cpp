/// What the source's job costs at least: consume the bare sink's records, get the frames from Redis
/// (pipelined), send by ZeroMQ. Nothing is guaranteed: no group, no offsets, any error ends it. Without
/// --redis-port the record is the frame itself.

#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <optional>
#include <vector>

#include "bare_redis.h"

namespace {

constexpr std::size_t window = 50;

struct Options {
    std::string endpoint;
    std::string brokers;
    std::string topic;
    std::string redis_port;
};

/// Never destroyed: the process runs until it is killed or an error ends it.
class Kafka {
  public:
    explicit Kafka(const Options& options) {
        char error[512];
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        for (const auto& [name, value] :
             {std::pair{"bootstrap.servers", options.brokers.c_str()}, std::pair{"group.id", "bare"},
              std::pair{"enable.auto.commit", "false"}, std::pair{"enable.auto.offset.store", "false"}}) {
            if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
                throw std::runtime_error(error);
            }
        }
        client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
        if (client_ == nullptr) {
            throw std::runtime_error(error);
        }
        rd_kafka_poll_set_consumer(client_);
        auto* partitions = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(partitions, options.topic.c_str(), 0)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_assign(client_, partitions);
        rd_kafka_topic_partition_list_destroy(partitions);
        queue_ = rd_kafka_queue_get_consumer(client_);
    }

    /// Up to `messages.size()`; waits for one.
    std::size_t consume(std::span<rd_kafka_message_t*> messages) {
        const auto count = rd_kafka_consume_batch_queue(queue_, 0, messages.data(), messages.size());
        if (count != 0) {
            return static_cast<std::size_t>(std::max<ssize_t>(0, count));
        }
        const auto one = rd_kafka_consume_batch_queue(queue_, 100, messages.data(), 1);
        return static_cast<std::size_t>(std::max<ssize_t>(0, one));
    }

  private:
    rd_kafka_t* client_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
};

std::string_view value_of(const rd_kafka_message_t* message) {
    return {static_cast<const char*>(message->payload), message->len};
}

void destroy_message(void* /*data*/, void* message) {
    rd_kafka_message_destroy(static_cast<rd_kafka_message_t*>(message));
}

void run(const Options& options) {
    ::zmq::context_t context;
    ::zmq::socket_t socket(context, ::zmq::socket_type::dealer);
    socket.set(::zmq::sockopt::sndhwm, 50);
    socket.connect(options.endpoint);
    std::optional<BareRedis> redis;
    if (!options.redis_port.empty()) {
        redis.emplace("127.0.0.1", options.redis_port);
    }
    Kafka kafka(options);
    std::vector<rd_kafka_message_t*> messages(window);
    std::string commands;
    for (;;) {
        const auto count = kafka.consume(messages);
        commands.clear();
        for (std::size_t index = 0; redis && index < count; ++index) {
            const auto record = value_of(messages[index]);
            const auto key = record.substr(0, record.find(' '));
            commands += "*2\r\n$3\r\nGET\r\n$" + std::to_string(key.size()) + "\r\n";
            commands += key;
            commands += "\r\n";
        }
        if (!commands.empty()) {
            iovec piece{commands.data(), commands.size()};
            redis->write({&piece, 1});
        }
        for (std::size_t index = 0; index < count; ++index) {
            auto* message = messages[index];
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                throw std::runtime_error(rd_kafka_message_errstr(message));
            }
            ::zmq::message_t content;
            if (redis) {
                content = redis->read_content();
            }
            socket.send(::zmq::message_t(message->key, message->key_len), ::zmq::send_flags::sndmore);
            if (redis) {
                socket.send(::zmq::message_t(message->payload, message->len), ::zmq::send_flags::sndmore);
            } else {
                content.rebuild(message->payload, message->len, destroy_message, message);
            }
            socket.send(std::move(content), ::zmq::send_flags::none);
            if (redis) {
                rd_kafka_message_destroy(message);
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("The bare loop of the source");
    app.add_option("--endpoint", options.endpoint, "ZeroMQ address that the DEALER connects to")->required();
    app.add_option("--brokers", options.brokers)->required();
    app.add_option("--topic", options.topic)->required();
    app.add_option("--redis-port", options.redis_port, "On 127.0.0.1; none: records are the frames");
    CLI11_PARSE(app, argc, argv);
    run(options);
}
