#include "runtime/status_pages.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/process_metrics.h"
#include "runtime/version.h"

namespace framebridge::runtime {

namespace {

using nlohmann::ordered_json;

std::string utc(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

ordered_json value_of(const prometheus::MetricFamily& family, const prometheus::ClientMetric& metric) {
    switch (family.type) {
        case prometheus::MetricType::Counter:
            return metric.counter.value;
        case prometheus::MetricType::Histogram:
            return {{"count", metric.histogram.sample_count}, {"sum", metric.histogram.sample_sum}};
        default:
            return metric.gauge.value;
    }
}

/// A number, or for a metric with labels a list of them: {"partition": "0", "value": 17}.
ordered_json values_of(const prometheus::MetricFamily& family) {
    if (family.metric.size() == 1 && family.metric.front().label.empty()) {
        return value_of(family, family.metric.front());
    }
    auto values = ordered_json::array();
    for (const auto& metric : family.metric) {
        ordered_json each;
        for (const auto& label : metric.label) {
            each[label.name] = label.value;
        }
        each["value"] = value_of(family, metric);
        values.push_back(std::move(each));
    }
    return values;
}

std::string escaped(std::string_view text) {
    std::string html;
    for (const char letter : text) {
        switch (letter) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            default:
                html += letter;
        }
    }
    return html;
}

constexpr auto page_head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>{0}</title><style>
body {{ font: 16px/1.4 sans-serif; margin: 1em auto; max-width: 60em; padding: 0 1em }}
table {{ border-collapse: collapse; width: 100% }} th {{ text-align: left }}
td, th {{ padding: .2em .6em .2em 0; border-bottom: 1px solid #ccc; vertical-align: top; overflow-wrap: anywhere }}
.bad {{ color: #a00 }} .good {{ color: #060 }} td.number {{ text-align: right }}
</style></head><body>
<h1>{0}</h1>
<p>Version {1}, revision {2}. Running for {3} s.
<a href="metrics">metrics</a> <a href="status">status</a> <a href="health">health</a></p>
)";

}  // namespace

StatusPages::StatusPages(const Metrics& metrics, const Health& health, OwnPages own_pages)
    : registry_(metrics.registry()), health_(health), own_pages_(std::move(own_pages)) {}

HttpPage StatusPages::page(std::string_view path) const {
    const auto verdict = [](std::string problems) -> HttpPage {
        if (problems.empty()) {
            return {.body = "ok\n"};
        }
        if (!problems.ends_with('\n')) {
            problems += '\n';
        }
        return {.status = 503, .body = std::move(problems)};
    };
    if (path == "/metrics") {
        return {.type = "text/plain; version=0.0.4; charset=utf-8",
                .body = prometheus::TextSerializer().Serialize(families())};
    }
    if (path == "/health" || path == "/readyz") {
        return verdict(health_.problems() + health_.stuck());
    }
    if (path == "/livez") {
        return verdict(health_.stuck());
    }
    if (path == "/status") {
        return {.type = "application/json", .body = status_json()};
    }
    if (path == "/") {
        return {.type = "text/html; charset=utf-8", .body = status_html()};
    }
    if (auto own = own_pages_ ? own_pages_(path) : std::nullopt) {
        return *std::move(own);
    }
    return {.status = 404, .body = "there are /metrics, /health, /readyz, /livez, /status and /\n"};
}

std::vector<prometheus::MetricFamily> StatusPages::families() const {
    auto families = registry_->Collect();
    auto process = process_metrics();
    std::move(process.begin(), process.end(), std::back_inserter(families));
    return families;
}

std::string StatusPages::status_json() const {
    ordered_json status;
    status["adapter"] = health_.program();
    status["version"] = version();
    status["revision"] = revision();
    status["uptime_seconds"] = health_.uptime().count();
    status["live"] = health_.stuck().empty();
    const auto parts = health_.parts();
    status["ready"] = (health_.problems() + health_.stuck()).empty();
    status["parts"] = ordered_json::array();
    for (const auto& part : parts) {
        ordered_json each{{"name", part.name},
                          {"state", part.problem.empty() ? "works" : "away"},
                          {"since", utc(part.since)}};
        if (!part.problem.empty()) {
            each["problem"] = part.problem;
        }
        if (!part.last_problem.empty()) {
            each["last_problem"] = part.last_problem;
        }
        status["parts"].push_back(std::move(each));
    }
    for (const auto& family : families()) {
        status["metrics"][family.name] = values_of(family);
    }
    // Names come from messages: bytes that are not UTF-8 are replaced.
    return status.dump(1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

std::string StatusPages::status_html() const {
    std::string html =
        fmt::format(page_head, escaped(health_.program()), version(), revision(), health_.uptime().count());
    if (const auto stuck = health_.stuck(); !stuck.empty()) {
        html += "<p class=\"bad\">" + escaped(stuck) + "</p>\n";
    }
    html += "<table><tr><th>Part<th>State<th>Since\n";
    for (const auto& part : health_.parts()) {
        html += fmt::format("<tr><td>{}<td class=\"{}\">{}<td>{}\n", escaped(part.name),
                            part.problem.empty() ? "good" : "bad",
                            part.problem.empty() ? "works" : escaped(part.problem), utc(part.since));
    }
    html += "</table>\n<h2>Counters and gauges</h2>\n<table>\n";
    for (const auto& family : families()) {
        if (family.type == prometheus::MetricType::Histogram) {
            continue;
        }
        for (const auto& metric : family.metric) {
            std::string labels;
            for (const auto& label : metric.label) {
                labels += fmt::format(" {}={}", escaped(label.name), escaped(label.value));
            }
            html += fmt::format("<tr><td title=\"{}\">{}{}<td class=\"number\">{}\n", escaped(family.help),
                                escaped(family.name), labels, value_of(family, metric).dump());
        }
    }
    return html + "</table></body></html>\n";
}

}  // namespace framebridge::runtime
