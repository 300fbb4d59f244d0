#include "common/run_adapter.h"
#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/run.h"

int main(int argc, char** argv) {
    framebridge::sink::SinkConfig config;
    if (const auto exit_code = framebridge::sink::parse_sink_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("kafka-redis-sink",
                                    [&config] { return framebridge::sink::run_sink(config); });
}
