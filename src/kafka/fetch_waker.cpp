#include "kafka/fetch_waker.h"

#include "kafka/client_conf.h"

namespace framebridge::kafka {

FetchWaker::FetchWaker(rd_kafka_t* client) : client_(client) {
    const auto* conf = rd_kafka_conf(client);
    if (!get_property(conf, "fetch.queue.backoff.ms").empty()) {
        return;
    }
    per_record_ = 1 / std::stod(get_property(conf, "queued.min.messages"));
    per_byte_ = 1 / (1024 * std::stod(get_property(conf, "queued.max.messages.kbytes")));
}

void FetchWaker::wake(const std::string& topic, std::int32_t partition) {
    consumed_ = 0;
    // The cheapest request to a partition's leader; the answer is of no interest.
    const PartitionListHandle partitions(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_END;
    rd_kafka_offsets_for_times(client_, partitions.get(), 0);
}

}  // namespace framebridge::kafka
