#include "common/run_adapter.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/run.h"

int main(int argc, char** argv) {
    framebridge::source::SourceConfig config;
    if (const auto exit_code = framebridge::source::parse_source_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("kafka-redis-source",
                                    [&config] { return framebridge::source::run_source(config); });
}
