#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "runtime/metrics.h"

namespace framebridge {

/// Why a message cannot be used, as the label `reason` of a metric says it.
enum class Fault {
    invalid,        ///< It does not parse, or its parts do not belong together.
    too_large,      ///< It has more bytes or frames than are allowed, or than Kafka takes.
    reference,      ///< It refers to a store or key that is not allowed.
    frame_missing,  ///< It refers to a frame that is not in the store.
    store,          ///< The store refuses its frame.
    kafka,          ///< Kafka refuses it.
    pipeline,       ///< The pipeline refuses it.
};
std::string_view to_string(Fault fault);

/// `PREFIX_unusable_messages_total`, by reason. Each of the adapter's reasons is there from the start.
class FaultCounters {
  public:
    FaultCounters(runtime::Metrics& metrics, const std::string& prefix, std::initializer_list<Fault> faults);
    void count(Fault fault) { counters_.at(fault)->Increment(); }

  private:
    std::map<Fault, prometheus::Counter*> counters_;
};

}  // namespace framebridge
