/// What the sink's job costs at least: receive from ZeroMQ, write to Redis (pipelined), produce 150 bytes to
/// Kafka. Nothing is guaranteed: no reply is tied to its frame, no delivery is waited for, any error ends it.
/// Without --redis-port the frame itself is produced.

#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <optional>
#include <vector>

#include "bare_redis.h"

namespace {

constexpr std::size_t record_size = 150;
constexpr std::size_t window_bytes = std::size_t{16} << 20;
constexpr int most_per_turn = 64;

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
             {std::pair{"bootstrap.servers", options.brokers.c_str()},
              std::pair{"message.max.bytes", "67108864"}, std::pair{"queue.buffering.max.kbytes", "65536"}}) {
            if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
                throw std::runtime_error(error);
            }
        }
        if (options.redis_port.empty()) {
            rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        }
        client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
        if (client_ == nullptr) {
            throw std::runtime_error(error);
        }
        topic_ = rd_kafka_topic_new(client_, options.topic.c_str(), nullptr);
    }

    void produce_copy(std::string_view key, std::string_view value) {
        produce(key, value, RD_KAFKA_MSG_F_COPY, nullptr);
    }
    void produce_content(std::string_view key, ::zmq::message_t content) {
        auto owner = std::make_unique<::zmq::message_t>(std::move(content));
        produce(key, owner->to_string_view(), 0, owner.get());
        (void)owner.release();
    }
    void poll() { rd_kafka_poll(client_, 0); }

  private:
    void produce(std::string_view key, std::string_view value, int flags, void* opaque) {
        while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, flags, const_cast<char*>(value.data()),
                                value.size(), key.data(), key.size(), opaque) != 0) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                throw std::runtime_error(rd_kafka_err2str(rd_kafka_last_error()));
            }
            rd_kafka_poll(client_, 10);
        }
    }
    static void on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* /*opaque*/) {
        const std::unique_ptr<::zmq::message_t> content(static_cast<::zmq::message_t*>(message->_private));
    }

    rd_kafka_t* client_ = nullptr;
    rd_kafka_topic_t* topic_ = nullptr;
};

struct Frame {
    ::zmq::message_t topic;
    ::zmq::message_t content;
    std::string record;
    std::string command;
};

/// The last part is the frame's content.
bool receive(::zmq::socket_t& socket, framebridge::protocol::Frame& frame) {
    ::zmq::message_t routing_id;
    if (!socket.recv(routing_id, ::zmq::recv_flags::dontwait)) {
        return false;
    }
    (void)socket.recv(frame.topic);
    for (bool more = frame.topic.more(); more; more = frame.content.more()) {
        (void)socket.recv(frame.content);
    }
    return true;
}

void run(const Options& options) {
    ::zmq::context_t context;
    ::zmq::socket_t socket(context, ::zmq::socket_type::router);
    socket.set(::zmq::sockopt::rcvhwm, 50);
    socket.bind(options.endpoint);
    Kafka kafka(options);
    std::optional<BareRedis> redis;
    if (!options.redis_port.empty()) {
        redis.emplace("127.0.0.1", options.redis_port);
    }
    std::deque<std::size_t> unconfirmed;
    std::size_t unconfirmed_bytes = 0;
    const auto confirm = [&](bool wait) {
        for (auto oks = redis->take_oks(wait); oks > 0; --oks) {
            unconfirmed_bytes -= unconfirmed.front();
            unconfirmed.pop_front();
        }
    };
    std::uint64_t number = 0;
    std::vector<framebridge::protocol::Frame> frames(most_per_turn);
    std::vector<iovec> pieces;
    for (;;) {
        std::size_t count = 0;
        while (count < frames.size() && receive(socket, frames[count])) {
            ++count;
        }
        if (count == 0) {
            kafka.poll();
            ::zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
            ::zmq::poll(&item, 1, std::chrono::milliseconds(100));
            continue;
        }
        pieces.clear();
        for (std::size_t index = 0; index < count; ++index) {
            auto& frame = frames[index];
            char key[32];
            const int size =
                std::snprintf(key, sizeof key, "bench:%015llu", static_cast<unsigned long long>(number++));
            frame.record.assign(record_size, ' ');
            frame.record.replace(0, static_cast<std::size_t>(size), key);
            if (!redis) {
                continue;
            }
            frame.command = "*3\r\n$3\r\nSET\r\n$" + std::to_string(size) + "\r\n" + key + "\r\n$" +
                            std::to_string(frame.content.size()) + "\r\n";
            pieces.push_back({frame.command.data(), frame.command.size()});
            pieces.push_back({frame.content.data(), frame.content.size()});
            pieces.push_back({const_cast<char*>("\r\n"), 2});
            unconfirmed.push_back(frame.content.size());
            unconfirmed_bytes += frame.content.size();
        }
        if (redis) {
            redis->write(pieces);
            confirm(false);
            while (unconfirmed_bytes > window_bytes) {
                confirm(true);
            }
        }
        for (std::size_t index = 0; index < count; ++index) {
            const auto key = frames[index].topic.to_string_view();
            if (redis) {
                kafka.produce_copy(key, frames[index].record);
            } else {
                kafka.produce_content(key, std::move(frames[index].content));
            }
        }
        kafka.poll();
    }
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("The bare loop of the sink");
    app.add_option("--endpoint", options.endpoint, "ZeroMQ address that the ROUTER binds")->required();
    app.add_option("--brokers", options.brokers)->required();
    app.add_option("--topic", options.topic)->required();
    app.add_option("--redis-port", options.redis_port, "On 127.0.0.1; none: frames go to Kafka");
    CLI11_PARSE(app, argc, argv);
    run(options);
}
