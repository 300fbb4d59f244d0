#include "common/per_source_metrics.h"

#include <utility>

#include "runtime/text.h"

namespace framebridge {

namespace {

constexpr std::string_view others = "others";
constexpr std::size_t max_label = 128;

}  // namespace

PerSourceMetrics::PerSourceMetrics(runtime::Metrics& metrics, std::string prefix, std::size_t max_sources)
    : metrics_(metrics), prefix_(std::move(prefix)), max_sources_(max_sources) {}

void PerSourceMetrics::count(std::string_view source_id, std::size_t bytes) {
    if (max_sources_ == 0 || source_id.empty()) {
        return;
    }
    auto found = sources_.find(source_id);
    if (found == sources_.end() && sources_.size() >= max_sources_) {
        found = sources_.find(others);
    }
    if (found == sources_.end()) {
        const auto name = std::string(sources_.size() < max_sources_ ? source_id : others);
        found = sources_.emplace(name, make(runtime::printable(name, max_label))).first;
    }
    found->second.messages.Increment();
    found->second.bytes.Increment(static_cast<double>(bytes));
}

PerSourceMetrics::Counters PerSourceMetrics::make(const std::string& label) {
    return {metrics_.counter(prefix_ + "_by_source_messages_total", "Messages of each source",
                             {{"source_id", label}}),
            metrics_.counter(prefix_ + "_by_source_bytes_total", "Bytes of each source's messages and frames",
                             {{"source_id", label}})};
}

}  // namespace framebridge
