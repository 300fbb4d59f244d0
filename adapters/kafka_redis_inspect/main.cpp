#include "common/run_adapter.h"
#include "kafka_redis_inspect/config.h"
#include "kafka_redis_inspect/run.h"

int main(int argc, char** argv) {
    framebridge::inspect::InspectConfig config;
    if (const auto exit_code = framebridge::inspect::parse_inspect_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("kafka-redis-inspect",
                                    [&config] { return framebridge::inspect::run_inspect(config); });
}
