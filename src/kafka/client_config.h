#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace framebridge::kafka {

/// What producer, consumer and admin client share.
struct ClientConfig {
    std::string brokers;  ///< `host:port,host:port`.
    std::string topic;
    std::string client_id = "framebridge";
    /// Raw librdkafka properties (`--kafka-config`, `--kafka-config-file`): security.protocol, sasl.*, ssl.*,
    /// ...
    std::map<std::string, std::string> properties;
};

/// The header of a Kafka record that tells its message's format: `native` or `savant`.
inline constexpr const char* format_header = "framebridge-format";

enum class Role { producer, consumer, admin };

/// Reads librdkafka properties from a Java-style properties file: `key=value` lines, `#` comments.
/// Problems are appended to `errors`, with file and line.
std::map<std::string, std::string> read_properties_file(const std::string& path,
                                                        std::vector<std::string>& errors);

/// Everything that is wrong with the properties for that role, one sentence each: a property that would break
/// a guarantee (enable.idempotence, acks, enable.auto.offset.store, ...) with the reason and the option to
/// use instead, an unknown property, a value librdkafka refuses. Opens no connection.
std::vector<std::string> check_properties(const ClientConfig& config, Role role);

}  // namespace framebridge::kafka
