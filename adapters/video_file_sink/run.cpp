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
    const auto& recorded = report.recorded;
    spdlog::info(
        "{} files, {} frames, {} bytes; not written: {} repeated or out of order, {} before a keyframe, {} "
        "hidden, {} messages of no use, {} frames lost, {} failures; {} frames at another time",
        recorded.files, recorded.kept.frames, recorded.kept.bytes, report.repeated, report.before_keyframe,
        report.left_out, report.unusable, recorded.lost_frames, report.failures, recorded.moved_frames);
    if (report.failures > 0) {
        return static_cast<int>(ExitCode::io_error);
    }
    return static_cast<int>(report.wrote_nothing() ? ExitCode::data_error : ExitCode::ok);
}

}  // namespace framebridge::video_sink
