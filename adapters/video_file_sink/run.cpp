#include "video_file_sink/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <optional>

#include "common/exit_code.h"
#include "common/start.h"
#include "runtime/failure.h"
#include "video_file_sink/metrics.h"
#include "video_file_sink/video_file_sink.h"
#include "video_file_sink/wall.h"

namespace framebridge::video_sink {

namespace {

std::string missing_text(const RecordingCounts& recorded) {
    if (recorded.missing_frames == 0) {
        return {};
    }
    const auto places = fmt::format("{}", fmt::join(recorded.places, "; "));
    return fmt::format("; {} frames are missing{}{}", recorded.missing_frames, places.empty() ? "" : ": ",
                       places);
}

}  // namespace

int run_video_file_sink(const VideoFileSinkConfig& config, runtime::StopSignal& stop) {
    runtime::Metrics metrics;
    VideoSinkMetrics sink_metrics(metrics);
    Health health("video-file-sink", metrics);
    const auto wall = config.wall ? std::make_unique<Wall>() : nullptr;
    const auto metrics_server = start_metrics_server(config, metrics, health, [&wall](std::string_view path) {
        return wall ? wall->page(path) : std::nullopt;
    });
    ::zmq::context_t context;
    auto receiver_config = config.receiver;
    receiver_config.format = config.format;
    // The last acknowledgement is what a source waits for before it ends.
    receiver_config.linger = std::max(receiver_config.linger, config.shutdown_timeout);
    const auto receiver = zmq::open_receiver(context, receiver_config);
    auto fps = config.fps.make_meter();
    VideoFileSink sink(
        config, *receiver,
        [&] {
            fps.count();
            sink_metrics.count_frame();
        },
        wall.get());
    sink.on_turn([&] {
        health.started();
        health.turned();
        sink_metrics.publish(sink.report());
    });
    const auto report = sink.run(stop);
    fps.finish();
    const auto& recorded = report.recorded;
    spdlog::info(
        "{} files, {} frames, {} bytes; not written: {} repeated or out of order, {} before a keyframe, {} "
        "hidden, {} messages of no use, {} frames lost, {} failures; {} frames at another time{}",
        recorded.files, recorded.kept.frames, recorded.kept.bytes, report.repeated, report.before_keyframe,
        report.left_out, report.unusable, recorded.lost_frames, report.failures, recorded.moved_frames,
        missing_text(recorded));
    if (report.failures > 0) {
        return static_cast<int>(ExitCode::io_error);
    }
    return static_cast<int>(report.wrote_nothing() ? ExitCode::data_error : ExitCode::ok);
}

}  // namespace framebridge::video_sink
