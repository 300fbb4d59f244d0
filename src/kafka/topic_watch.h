#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/group_offsets.h"
#include "kafka/topic_check.h"
#include "runtime/poll_set.h"

namespace framebridge::kafka {

/// Notices that a topic was deleted and made anew while it is read. Whatever of it librdkafka sees (a topic
/// that is unknown, a leader that is another, a connection that is new), it asks brokers for metadata then:
/// so the topic is checked after each such request, and every half a minute, as often as they are sent
/// anyway.
class TopicWatch {
  public:
    explicit TopicWatch(ClientConfig config) : config_(std::move(config)) {}

    /// The client's statistics.
    void statistics(const nlohmann::json& statistics);
    /// The topic may be another one.
    void suspect() { suspected_ = true; }
    /// The partitions of which there is another topic's now, each told once.
    std::vector<std::int32_t> take_remade(GroupOffsets& offsets);
    void add_to(runtime::PollSet& poll_set) const;

  private:
    ClientConfig config_;
    std::int64_t requests_ = 0;
    bool suspected_ = false;
    std::unique_ptr<TopicCheck> check_;
};

}  // namespace framebridge::kafka
