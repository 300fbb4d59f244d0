#include "common/run_adapter.h"
#include "runtime/logging.h"
#include "video_stream_source/config.h"
#include "video_stream_source/run.h"

int main(int argc, char** argv) {
    framebridge::stream_source::VideoStreamSourceConfig config;
    if (const auto exit_code =
            framebridge::stream_source::parse_video_stream_source_config(argc, argv, config)) {
        return *exit_code;
    }
    return framebridge::run_adapter("video-stream-source", [&config] {
        framebridge::runtime::init_logging("video-stream-source", config.log_level, config.log_format);
        framebridge::runtime::StopSignal stop;
        stop.install_handlers();
        return framebridge::stream_source::run_video_stream_source(config, stop);
    });
}
