#include "kafka_redis_inspect/run.h"

#include <spdlog/spdlog.h>

#include "common/exit_code.h"
#include "kafka_redis_inspect/sources.h"
#include "runtime/logging.h"
#include "runtime/stop_signal.h"

namespace framebridge::inspect {

namespace {

ExitCode exit_code_of(bool interrupted, bool wrong) {
    return interrupted ? ExitCode::temporary_failure : wrong ? ExitCode::data_error : ExitCode::ok;
}

ExitCode exit_code_of(const ScanResult& result) {
    return exit_code_of(result.interrupted, result.unreadable > 0);
}

ExitCode run_verb(const InspectConfig& config, runtime::StopSignal& stop) {
    Output output(config.json ? OutputFormat::json : OutputFormat::table);
    switch (config.verb) {
        case Verb::topics:
            show_topics(config.range.kafka, config.all_topics ? TopicChoice::all : TopicChoice::ours, stop,
                        output);
            return exit_code_of(stop.requested(), false);
        case Verb::sources:
            return exit_code_of(show_sources(config.range, stop, output));
        case Verb::cat: {
            const auto result = print_messages(config.range, config.cat, stop);
            return exit_code_of(result.scan.interrupted, result.missing + result.scan.unreadable > 0);
        }
        case Verb::export_video: {
            const auto result = export_video(config.range, config.export_video, stop, output);
            return exit_code_of(result.interrupted, result.missing > 0 || result.files == 0);
        }
        case Verb::check: {
            const auto result = check_references(config.range, config.check, stop, output);
            return exit_code_of(result.interrupted, !result.clean());
        }
        case Verb::list_dead_letters:
            return exit_code_of(
                list_dead_letters(config.range, config.dead_letters, stop, output).interrupted, false);
        case Verb::show_dead_letters:
            return exit_code_of(show_dead_letters(config.range, config.dead_letters, stop).interrupted,
                                false);
        case Verb::put_back:
            return exit_code_of(
                put_back_dead_letters(config.range, config.dead_letters, config.put_back_topic, stop, output)
                    .interrupted,
                false);
        case Verb::lag: {
            const auto risk = show_lag(config.range, config.lag, stop, output);
            return exit_code_of(stop.requested(), risk == TtlRisk::at_risk);
        }
        case Verb::report:
            return exit_code_of(write_report(config.range, config.report, stop).interrupted, false);
    }
    return ExitCode::software;
}

}  // namespace

int run_inspect(InspectConfig& config) {
    runtime::init_logging("kafka-redis-inspect", config.log_level);
    runtime::StopSignal stop;
    stop.install_handlers();
    if (config.range.from.local_time || (config.range.to && config.range.to->local_time)) {
        spdlog::warn("a time without an offset from UTC is taken as local time");
    }
    return static_cast<int>(run_verb(config, stop));
}

}  // namespace framebridge::inspect
