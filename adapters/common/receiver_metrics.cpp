#include "common/receiver_metrics.h"

#include <numeric>

namespace framebridge {

ReceiverMetrics::ReceiverMetrics(runtime::Metrics& metrics, const std::string& prefix)
    : refused_answered_ok_(metrics.counter(
          prefix + "_refused_answered_ok_total",
          "Refused messages of Savant's writers, which are answered OK as they fail on anything else")),
      identities_taken_over_(
          metrics.counter(prefix + "_identities_taken_over_total",
                          "Connections under the ZeroMQ identity of a peer that was still connected")),
      connections_(
          metrics.gauge(prefix + "_peers", "Connections of the ZeroMQ socket, which are its writers")) {}

void ReceiverMetrics::update(const zmq::ReceiverStatistics& total) {
    runtime::raise_to(refused_answered_ok_, total.refused_but_answered_ok);
    const auto& takeovers = total.identities_taken_over;
    runtime::raise_to(
        identities_taken_over_,
        std::accumulate(takeovers.begin(), takeovers.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const auto& entry) { return sum + entry.second; }));
    connections_.Set(static_cast<double>(total.connections));
}

}  // namespace framebridge
