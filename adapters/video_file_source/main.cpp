#include "common/run_adapter.h"
#include "runtime/logging.h"
#include "video_file_source/config.h"
#include "video_file_source/run.h"

int main(int argc, char** argv) {
    framebridge::video_source::VideoFileSourceConfig config;
    if (const auto exit_code =
            framebridge::video_source::parse_video_file_source_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("video-file-source", [&config] {
        framebridge::runtime::init_logging("video-file-source", config.log_level, config.log_format);
        framebridge::runtime::StopSignal stop;
        stop.install_handlers();
        return framebridge::video_source::run_video_file_source(config, stop);
    });
}
