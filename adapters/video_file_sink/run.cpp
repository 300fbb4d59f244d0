#include "video_file_sink/run.h"

#include <spdlog/spdlog.h>

#include "common/exit_code.h"
#include "runtime/failure.h"
#include "video_file_sink/video_file_sink.h"

namespace framebridge::video_sink {

int run_video_file_sink(const VideoFileSinkConfig& config, runtime::StopSignal& stop) {
    ::zmq::context_t context;
    const auto receiver = zmq::open_receiver(context, config.receiver);
    auto fps = config.fps.make_meter();
    VideoFileSink sink(config, *receiver, [&fps] { fps.count(); });
    const auto report = sink.run(stop);
    fps.finish();
    spdlog::info(
        "{} files, {} frames, {} bytes; not written: {} repeated or out of order, {} before a keyframe, {} "
        "messages of no use, {} failures",
        report.files, report.frames, report.bytes, report.repeated, report.before_keyframe, report.unusable,
        report.failures);
    return static_cast<int>(report.failures > 0 ? ExitCode::io_error : ExitCode::ok);
}

}  // namespace framebridge::video_sink
