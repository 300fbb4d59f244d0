#pragma once

#include "kafka_redis_sink/config.h"

namespace framebridge::sink {

/// Runs a sink on real sockets, Kafka and store until it is told to stop. Returns the exit code.
int run_sink(const SinkConfig& config);

}  // namespace framebridge::sink
