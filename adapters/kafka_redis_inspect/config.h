#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kafka_redis_inspect/cat.h"
#include "kafka_redis_inspect/check.h"
#include "kafka_redis_inspect/dead_letters.h"
#include "kafka_redis_inspect/export.h"
#include "kafka_redis_inspect/lag.h"
#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/report.h"
#include "kafka_redis_inspect/scan.h"
#include "kafka_redis_inspect/topics.h"

namespace framebridge::inspect {

enum class Verb {
    topics,
    sources,
    cat,
    export_video,
    check,
    list_dead_letters,
    show_dead_letters,
    put_back,
    lag,
    report
};

struct InspectConfig {
    Verb verb = Verb::topics;
    bool json = false;
    bool all_topics = false;
    ScanRange range;
    StoreAccess stores;
    CatConfig cat;
    CheckConfig check;
    DeadLetterFilter dead_letters;
    std::string put_back_topic;  ///< Empty: where each came from.
    LagConfig lag;
    ExportConfig export_video;
    ReportConfig report;
    std::string log_level = "warning";
};

/// Reads the verb and its options from the command line, the environment and the config file. Returns the
/// exit code if the process is to end here.
std::optional<int> parse_inspect_config(int argc, const char* const* argv, InspectConfig& config);

}  // namespace framebridge::inspect
