#include "kafka_redis_inspect/report.h"

#include <spdlog/spdlog.h>

#include <fstream>

#include "kafka/topic_admin.h"
#include "kafka/ttl_guard.h"
#include "kafka_redis_inspect/report_data.h"
#include "kafka_redis_inspect/report_page.h"
#include "runtime/failure.h"

namespace framebridge::inspect {

namespace {

constexpr auto describe_limit = std::chrono::seconds(10);
constexpr std::string_view place_of_data = "{{data}}";

/// As JSON in a <script>: no text can end the element.
std::string script_text(const Row& data) {
    auto text = data.dump(-1, ' ', true, Row::error_handler_t::replace);
    for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
        text.replace(at, 1, "\\u003c");
    }
    return text;
}

}  // namespace

ScanResult write_report(const ScanRange& range, const ReportConfig& config, runtime::StopSignal& stop) {
    std::string error;
    const auto retention = kafka::describe_retention(range.kafka, describe_limit, error);
    if (!retention) {
        spdlog::warn("{}: the report has no TTL margins", error);
    }
    ReportData data(config, retention ? kafka::record_lifetime(*retention) : std::nullopt);
    const auto result = scan(range, stop, [&data](const ScannedRecord& scanned) { data.add(scanned); });

    std::string page(report_page);
    const auto place = page.find(place_of_data);
    page.replace(place, place_of_data.size(), script_text(data.to_json(result, range.kafka.topic)));
    std::ofstream file(config.file, std::ios::trunc);
    file << page;
    file.close();
    if (!file) {
        throw runtime::Failure(runtime::FailureKind::system,
                               "--file " + config.file.string() + " cannot be written");
    }
    return result;
}

}  // namespace framebridge::inspect
