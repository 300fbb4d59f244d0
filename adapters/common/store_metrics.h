#pragma once

#include <string>

#include "runtime/metrics.h"
#include "store/frame_store.h"

namespace framebridge {

/// What an adapter's frame stores count, all together, as `PREFIX_store_..._total`.
class StoreMetrics {
  public:
    StoreMetrics(runtime::Metrics& metrics, const std::string& prefix);

    /// `total` is all that was counted since the start.
    void update(const store::StoreStatistics& total);

  private:
    prometheus::Counter& connects_;
    prometheus::Counter& disconnects_;
    prometheus::Counter& retries_;
    prometheus::Counter& bytes_sent_;
    prometheus::Counter& bytes_received_;
    runtime::CountersByLabel errors_;
};

}  // namespace framebridge
