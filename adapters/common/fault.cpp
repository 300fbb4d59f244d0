#include "common/fault.h"

namespace framebridge {

std::string_view to_string(Fault fault) {
    switch (fault) {
        case Fault::invalid:
            return "invalid";
        case Fault::too_large:
            return "too_large";
        case Fault::reference:
            return "reference";
        case Fault::frame_missing:
            return "frame_missing";
        case Fault::store:
            return "store";
        case Fault::kafka:
            return "kafka";
        case Fault::pipeline:
            return "pipeline";
    }
    return {};
}

FaultCounters::FaultCounters(runtime::Metrics& metrics, const std::string& prefix,
                             std::initializer_list<Fault> faults) {
    for (const auto fault : faults) {
        counters_[fault] = &metrics.counter(prefix + "_unusable_messages_total",
                                            "Messages that could not be used, dead letters and dropped ones",
                                            {{"reason", std::string(to_string(fault))}});
    }
}

}  // namespace framebridge
