#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace framebridge::runtime {

/// This process as Prometheus' own clients describe theirs: processor time, memory, descriptors, start
/// (`process_*`), as of now. What /proc does not tell is left out.
std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace framebridge::runtime
