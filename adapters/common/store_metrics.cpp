#include "common/store_metrics.h"

namespace framebridge {

namespace {

void raise(prometheus::Counter& counter, std::uint64_t& counted, std::uint64_t total) {
    if (total > counted) {
        counter.Increment(static_cast<double>(total - counted));
        counted = total;
    }
}

}  // namespace

StoreMetrics::StoreMetrics(runtime::Metrics& metrics, const std::string& prefix)
    : connects_(metrics.counter(prefix + "_store_connects_total", "Connections made to frame stores")),
      disconnects_(metrics.counter(prefix + "_store_disconnects_total",
                                   "Connections to frame stores that were lost or given up")),
      retries_(metrics.counter(prefix + "_store_retries_total",
                               "Requests sent to frame stores again, after an error or a disconnect")),
      bytes_sent_(metrics.counter(prefix + "_store_bytes_sent_total", "Bytes of frames sent to stores")),
      bytes_received_(
          metrics.counter(prefix + "_store_bytes_received_total", "Bytes of frames received from stores")) {}

void StoreMetrics::update(const store::StoreStatistics& total) {
    raise(connects_, counted_.connects, total.connects);
    raise(disconnects_, counted_.disconnects, total.disconnects);
    raise(retries_, counted_.retries, total.retries);
    raise(bytes_sent_, counted_.payload_bytes_sent, total.payload_bytes_sent);
    raise(bytes_received_, counted_.payload_bytes_received, total.payload_bytes_received);
}

}  // namespace framebridge
