#pragma once

#include "kafka_redis_inspect/config.h"

namespace framebridge::inspect {

/// Runs the verb. Returns the exit code: 0 all is well, 65 something was found to be wrong (missing frames,
/// records that cannot be read), 75 interrupted.
int run_inspect(InspectConfig& config);

}  // namespace framebridge::inspect
