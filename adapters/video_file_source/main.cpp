#include "framebridge/runtime/logging.h"
#include "framebridge/runtime/run.h"
#include "video_file_source/config.h"
#include "video_file_source/run.h"

int main(int argc, char** argv) {
    framebridge::VideoFileSourceConfig config;
    if (const auto exit_code = framebridge::parse_video_file_source_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("video-file-source", [&config] {
        framebridge::init_logging("video-file-source", config.log_level);
        framebridge::StopSignal stop;
        stop.install_handlers();
        return framebridge::run_video_file_source(config, stop);
    });
}
