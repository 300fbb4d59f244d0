#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/client_log.h"
#include "kafka/handles.h"

namespace framebridge::kafka {

using Properties = std::vector<std::pair<std::string, std::string>>;

/// A librdkafka configuration: the role's defaults, over them `defaults`, over them the user's properties,
/// over them `settings`. What is wrong is appended to `errors`.
ConfHandle make_conf(const ClientConfig& config, Role role, const Properties& defaults,
                     const Properties& settings, std::vector<std::string>& errors);

/// As make_conf, but throws Failure (config) with all that is wrong.
ConfHandle make_valid_conf(const ClientConfig& config, Role role, const Properties& defaults = {},
                           const Properties& settings = {});

/// `log` must outlive the client. Throws Failure (config) for what librdkafka refuses.
ClientHandle make_client(ConfHandle conf, Role role, ClientLog& log);

/// Destroys a client in a thread of its own and waits for at most `limit`. A client whose brokers do not
/// answer can take longer than a stop may: it is left behind, silent, to end by itself or with the process.
void destroy_within(std::chrono::milliseconds limit, ClientHandle client,
                    const std::shared_ptr<ClientLog>& log);

std::string get_property(const rd_kafka_conf_t* conf, const char* name);

}  // namespace framebridge::kafka
