#pragma once

#include "kafka/client_config.h"
#include "kafka_redis_inspect/output.h"
#include "runtime/stop_signal.h"

namespace framebridge::inspect {

enum class TopicChoice { ours, all };

/// `topics`: the topics that hold our messages (found from a sample of each one's newest records), or all,
/// with the consumer groups that have committed offsets in them. Throws Failure.
void show_topics(const kafka::ClientConfig& kafka, TopicChoice choice, runtime::StopSignal& stop,
                 Output& output);

}  // namespace framebridge::inspect
