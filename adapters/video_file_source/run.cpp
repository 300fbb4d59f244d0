#include "video_file_source/run.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/exit_code.h"
#include "common/start.h"
#include "runtime/failure.h"
#include "video_file_source/metrics.h"
#include "video_file_source/video_file_source.h"

namespace framebridge::video_source {

namespace {

ExitCode exit_code(const VideoFileSourceReport& report) {
    if (!report.delivered || report.unanswered > 0) {
        return ExitCode::temporary_failure;
    }
    return report.total.failed_files > 0 || report.refused > 0 ? ExitCode::data_error : ExitCode::ok;
}

/// A pipeline that takes nothing for so long is away or stuck.
constexpr auto refusal_limit = std::chrono::seconds(5);

std::string pipeline_problem(const VideoFileSource& source, const zmq::Endpoint& endpoint) {
    const auto refused = source.refused_for();
    return refused < refusal_limit ? std::string()
                                   : "the pipeline at " + endpoint.to_string() + " takes no messages";
}

}  // namespace

int run_video_file_source(const VideoFileSourceConfig& config, runtime::StopSignal& stop) {
    runtime::Metrics metrics;
    VideoSourceMetrics source_metrics(metrics);
    Health health("video-file-source", metrics);
    const auto metrics_server = start_metrics_server(config, metrics, health);
    const auto sender = zmq::open_sender(config.sender);
    auto fps = config.fps.make_meter();
    auto stoppable = config;
    stoppable.play.input.stop = &stop;
    VideoFileSource source(stoppable, *sender, [&fps] { fps.count(); });
    source.on_turn([&] {
        health.started();
        health.turned();
        health.report(pipeline_part, pipeline_problem(source, config.sender.endpoint));
        source_metrics.publish(source.total());
    });
    const auto report = source.run(stop);
    fps.finish();
    spdlog::info("{}: sent {} frames, {} bytes, {} streams of {} sources; {} files could not be read{}{}{}",
                 report.stopped ? "stopped" : "done", report.total.frames, report.total.bytes,
                 report.total.streams, config.sources.size(), report.total.failed_files,
                 report.delivered ? "" : "; the last messages have not left: the peer took no more",
                 report.unanswered == 0
                     ? ""
                     : fmt::format("; {} ends of stream were not acknowledged: their frames may not be kept",
                                   report.unanswered),
                 report.refused == 0 ? "" : fmt::format("; the peer refused {} times", report.refused));
    return static_cast<int>(exit_code(report));
}

}  // namespace framebridge::video_source
