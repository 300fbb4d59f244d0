#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/metrics.h"

namespace framebridge {

/// What each source sends, as `PREFIX_by_source_..._total{source_id="…"}`, of so many sources at most: those
/// that come later are one, `others`, so that a peer cannot make up metrics without end.
class PerSourceMetrics {
  public:
    /// With `max_sources` 0 nothing is counted.
    PerSourceMetrics(runtime::Metrics& metrics, std::string prefix, std::size_t max_sources);
    void count(std::string_view source_id, std::size_t bytes);

  private:
    struct Counters {
        prometheus::Counter& messages;
        prometheus::Counter& bytes;
    };
    [[nodiscard]] Counters make(const std::string& label);

    runtime::Metrics& metrics_;
    std::string prefix_;
    std::size_t max_sources_;
    std::map<std::string, Counters, std::less<>> sources_;
};

}  // namespace framebridge
