#pragma once

#include "kafka_redis_source/config.h"

namespace framebridge::source {

/// Runs a source on real sockets, Kafka and stores until it is told to stop. Returns the exit code.
int run_source(const SourceConfig& config);

}  // namespace framebridge::source
