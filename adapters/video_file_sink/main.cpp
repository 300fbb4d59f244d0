#include "framebridge/runtime/logging.h"
#include "framebridge/runtime/run.h"
#include "video_file_sink/config.h"
#include "video_file_sink/run.h"

int main(int argc, char** argv) {
    framebridge::VideoFileSinkConfig config;
    if (const auto exit_code = framebridge::parse_video_file_sink_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("video-file-sink", [&config] {
        framebridge::init_logging("video-file-sink", config.log_level);
        framebridge::StopSignal stop;
        stop.install_handlers();
        return framebridge::run_video_file_sink(config, stop);
    });
}
