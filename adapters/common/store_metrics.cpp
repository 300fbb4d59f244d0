#include "common/store_metrics.h"

namespace framebridge {

StoreMetrics::StoreMetrics(runtime::Metrics& metrics, const std::string& prefix)
    : connects_(metrics.counter(prefix + "_store_connects_total", "Connections made to frame stores")),
      disconnects_(metrics.counter(prefix + "_store_disconnects_total",
                                   "Connections to frame stores that were lost or given up")),
      retries_(metrics.counter(prefix + "_store_retries_total",
                               "Requests sent to frame stores again, after an error or a disconnect")),
      bytes_sent_(metrics.counter(prefix + "_store_bytes_sent_total", "Bytes of frames sent to stores")),
      bytes_received_(
          metrics.counter(prefix + "_store_bytes_received_total", "Bytes of frames received from stores")),
      errors_(metrics, prefix + "_store_errors_total",
              "Error answers of frame stores, by their first word, such as OOM or READONLY", "kind") {}

void StoreMetrics::update(const store::StoreStatistics& total) {
    runtime::raise_to(connects_, total.connects);
    runtime::raise_to(disconnects_, total.disconnects);
    runtime::raise_to(retries_, total.retries);
    runtime::raise_to(bytes_sent_, total.payload_bytes_sent);
    runtime::raise_to(bytes_received_, total.payload_bytes_received);
    errors_.raise_to(total.errors);
}

}  // namespace framebridge
