#include "video_file_source/run.h"

#include <spdlog/spdlog.h>

#include "common/exit_code.h"
#include "runtime/failure.h"
#include "video_file_source/video_file_source.h"

namespace framebridge::video_source {

namespace {

ExitCode exit_code(const VideoFileSourceReport& report) {
    if (!report.delivered) {
        return ExitCode::temporary_failure;
    }
    return report.total.failed_files > 0 ? ExitCode::data_error : ExitCode::ok;
}

}  // namespace

int run_video_file_source(const VideoFileSourceConfig& config, runtime::StopSignal& stop) {
    const auto sender = zmq::open_sender(config.sender);
    auto fps = config.fps.make_meter();
    VideoFileSource source(config, *sender, [&fps] { fps.count(); });
    const auto report = source.run(stop);
    fps.finish();
    spdlog::info("{}: sent {} frames, {} bytes, {} streams of {} sources; {} files could not be read{}",
                 report.stopped ? "stopped" : "done", report.total.frames, report.total.bytes,
                 report.total.streams, config.sources.size(), report.total.failed_files,
                 report.delivered ? "" : "; the last messages have not left: the peer took no more");
    return static_cast<int>(exit_code(report));
}

}  // namespace framebridge::video_source
