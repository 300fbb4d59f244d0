#include "video_stream_source/run.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/exit_code.h"
#include "common/start.h"
#include "video_stream_source/metrics.h"
#include "video_stream_source/video_stream_source.h"

namespace framebridge::stream_source {

namespace {

constexpr auto camera_part = "camera";

/// A pipeline that takes nothing for so long is away or stuck.
constexpr auto refusal_limit = std::chrono::seconds(5);

std::string pipeline_problem(const VideoStreamSource& source, const zmq::Endpoint& endpoint) {
    return source.refused_for() < refusal_limit
               ? std::string()
               : "the pipeline at " + endpoint.to_string() + " takes no messages";
}

}  // namespace

int run_video_stream_source(const VideoStreamSourceConfig& config, runtime::StopSignal& stop) {
    media::limit_av_allocations(config.max_frame_bytes);
    runtime::Metrics metrics;
    StreamSourceMetrics source_metrics(metrics);
    Health health("video-stream-source", metrics);
    const auto metrics_server = start_metrics_server(config, metrics, health);
    const auto sender = zmq::open_sender(config.sender);
    auto fps = config.fps.make_meter();
    VideoStreamSource source(config, libav_camera(config.camera()), *sender);
    const bool delivered = source.run(
        stop, {.frame_sent =
                   [&](std::chrono::duration<double> delay) {
                       fps.count();
                       source_metrics.frame_sent(delay);
                   },
               .turn =
                   [&] {
                       const auto report = source.report();
                       health.started();
                       health.turned();
                       health.report(camera_part, report.camera.problem);
                       health.report(pipeline_part, pipeline_problem(source, config.sender.endpoint));
                       source_metrics.publish(report);
                   }});
    fps.finish();
    const auto report = source.report();
    const auto unanswered = sender->unanswered();
    spdlog::info(
        "stopped: sent {} frames, {} bytes, {} streams; {} reconnects, {} stalls; dropped {} frames for a "
        "slow "
        "pipeline and {} before a keyframe{}{}{}",
        report.frames, report.bytes, report.streams, report.camera.reconnects, report.camera.stalls,
        report.left_out.slow, report.left_out.before_keyframe,
        delivered ? "" : "; the last messages have not left: the peer took no more",
        unanswered == 0
            ? ""
            : fmt::format("; {} ends of stream were not acknowledged: their frames may not be kept",
                          unanswered),
        report.refused == 0 ? "" : fmt::format("; the peer refused {} times", report.refused));
    return static_cast<int>(delivered && unanswered == 0 ? ExitCode::ok : ExitCode::temporary_failure);
}

}  // namespace framebridge::stream_source
