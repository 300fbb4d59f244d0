#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/client_log.h"
#include "kafka/handles.h"

namespace framebridge::kafka {

struct GroupInfo {
    std::string id;
    std::string state;  ///< As the broker says: `Stable`, `Empty`, ...
    std::size_t members = 0;
};

/// What a cluster has, for tools: every call asks the brokers and blocks for at most its limit. Throws
/// Failure when they do not answer or do not allow it. One thread at a time.
class ClusterView {
  public:
    explicit ClusterView(ClientConfig config);
    ~ClusterView();
    ClusterView(const ClusterView&) = delete;
    ClusterView& operator=(const ClusterView&) = delete;

    /// The topics that may be seen, Kafka's own left out.
    std::vector<std::string> topics(std::chrono::milliseconds limit);
    /// The consumer groups that may be seen, by id.
    std::vector<GroupInfo> groups(std::chrono::milliseconds limit);
    /// The next offset to read of those of the topic's partitions that the group has committed one for.
    std::map<std::int32_t, std::int64_t> committed(const std::string& group, const std::string& topic,
                                                   const std::vector<std::int32_t>& partitions,
                                                   std::chrono::milliseconds limit);

  private:
    using Options = AdminOptionsHandle;
    Options options_for(rd_kafka_admin_op_t operation, std::chrono::milliseconds limit);
    /// The answer to the one request that is under way.
    EventHandle answer(const std::string& asked, std::chrono::milliseconds limit);
    [[noreturn]] void fail(const std::string& asked, rd_kafka_resp_err_t code, const char* detail) const;

    ClientConfig config_;
    std::shared_ptr<ClientLog> log_ = std::make_shared<ClientLog>();
    ClientHandle client_;
    QueueHandle queue_;
};

}  // namespace framebridge::kafka
