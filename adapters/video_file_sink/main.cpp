#include "common/run_adapter.h"
#include "runtime/logging.h"
#include "video_file_sink/config.h"
#include "video_file_sink/run.h"

int main(int argc, char** argv) {
    framebridge::video_sink::VideoFileSinkConfig config;
    if (const auto exit_code = framebridge::video_sink::parse_video_file_sink_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("video-file-sink", [&config] {
        framebridge::runtime::init_logging("video-file-sink", config.log_level, config.log_format);
        framebridge::runtime::StopSignal stop;
        stop.install_handlers();
        return framebridge::video_sink::run_video_file_sink(config, stop);
    });
}
