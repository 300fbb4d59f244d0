#include "framebridge/runtime/run.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/run.h"

int main(int argc, char** argv) {
    framebridge::SourceConfig config;
    if (const auto exit_code = framebridge::parse_source_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("kafka-redis-source",
                                    [&config] { return framebridge::run_source(config); });
}
