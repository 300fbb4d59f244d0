#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
// After rdkafka.h, as it demands.
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/handles.h"
#include "runtime/poll_set.h"

namespace framebridge::kafka {

constexpr std::int16_t produce_request = 0;
constexpr std::int16_t fetch_request = 1;
constexpr std::int16_t offset_commit_request = 8;
constexpr std::int16_t init_producer_id_request = 22;

/// Serves `serve` and sleeps on what `add_to` adds, until `done` or for 30 s; returns whether it is done.
template <typename Component>
bool pump(Component& component, const std::function<void()>& serve, const std::function<bool()>& done,
          std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    const auto deadline = runtime::PollSet::Clock::now() + limit;
    runtime::PollSet poll_set;
    for (;;) {
        serve();
        if (done()) {
            return true;
        }
        if (runtime::PollSet::Clock::now() >= deadline) {
            return false;
        }
        poll_set.wake_at(deadline);
        component.add_to(poll_set);
        poll_set.wait();
    }
}

/// librdkafka's mock cluster, in this process, on ports of its own.
class MockKafka {
  public:
    explicit MockKafka(int brokers = 1) : brokers_(brokers) {
        std::array<char, 512> message{};
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(conf, nullptr);
        host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, message.data(), message.size()));
        if (!host_) {
            throw std::runtime_error(message.data());
        }
        cluster_.reset(rd_kafka_mock_cluster_new(host_.get(), brokers));
    }

    void create_topic(const std::string& topic, int partitions) {
        ASSERT_EQ(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, brokers_),
                  RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    void fail_topic(const std::string& topic, rd_kafka_resp_err_t error) {
        rd_kafka_mock_topic_set_error(cluster_.get(), topic.c_str(), error);
    }
    void fail_requests(std::int16_t api, const std::vector<rd_kafka_resp_err_t>& errors) {
        rd_kafka_mock_push_request_errors_array(cluster_.get(), api, errors.size(), errors.data());
    }
    void all_down() {
        for (int broker = 1; broker <= brokers_; ++broker) {
            rd_kafka_mock_broker_set_down(cluster_.get(), broker);
        }
    }
    void all_up() {
        for (int broker = 1; broker <= brokers_; ++broker) {
            rd_kafka_mock_broker_set_up(cluster_.get(), broker);
        }
    }
    void set_leader(const std::string& topic, int partition, int broker) {
        rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), partition, broker);
    }
    void slow_down(std::chrono::milliseconds round_trip) {
        for (int broker = 1; broker <= brokers_; ++broker) {
            rd_kafka_mock_broker_set_rtt(cluster_.get(), broker, static_cast<int>(round_trip.count()));
        }
    }

    [[nodiscard]] ClientConfig config(const std::string& topic) const {
        ClientConfig config;
        config.brokers = rd_kafka_mock_cluster_bootstraps(cluster_.get());
        config.topic = topic;
        config.properties = {{"reconnect.backoff.ms", "20"}, {"reconnect.backoff.max.ms", "200"}};
        return config;
    }

    /// The values of all records of a partition, as read by a client of its own.
    [[nodiscard]] std::vector<std::string> records(const std::string& topic, int partition) const {
        std::array<char, 512> message{};
        auto* conf = rd_kafka_conf_new();
        for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
                 {"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_.get())},
                 {"group.id", "reader"},
                 {"enable.auto.commit", "false"},
                 {"fetch.wait.max.ms", "10"},
                 {"enable.partition.eof", "true"}}) {
            rd_kafka_conf_set(conf, name.c_str(), value.c_str(), message.data(), message.size());
        }
        const ClientHandle reader(rd_kafka_new(RD_KAFKA_CONSUMER, conf, message.data(), message.size()));
        rd_kafka_poll_set_consumer(reader.get());
        const PartitionListHandle partitions(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), partition)->offset = 0;
        rd_kafka_assign(reader.get(), partitions.get());
        std::vector<std::string> values;
        const auto deadline = runtime::PollSet::Clock::now() + std::chrono::seconds(30);
        while (runtime::PollSet::Clock::now() < deadline) {
            const Handle<rd_kafka_message_t, rd_kafka_message_destroy> record(
                rd_kafka_consumer_poll(reader.get(), 1000));
            if (record && record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                return values;
            }
            if (record && record->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                values.emplace_back(static_cast<const char*>(record->payload), record->len);
            }
        }
        ADD_FAILURE() << "the end of partition " << partition << " was not reached";
        return values;
    }

  private:
    int brokers_;
    ClientHandle host_;
    Handle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster_;
};

}  // namespace framebridge::kafka
