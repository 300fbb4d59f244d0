#include "kafka_redis_sink/sequences.h"

#include <utility>

namespace framebridge::sink {

Sequences::Step Sequences::note(const protocol::Envelope& envelope) {
    if (!envelope.sequence_number || envelope.source_id.empty()) {
        return Step::expected;
    }
    const auto number = *envelope.sequence_number;
    const auto known = last_.find(envelope.source_id);
    const bool gap = known != last_.end() && number > known->second && number - known->second > 1;
    if (envelope.kind == protocol::MessageKind::end_of_stream) {
        if (known != last_.end()) {
            last_.erase(known);
        }
    } else if (known != last_.end()) {
        known->second = number;
    } else {
        if (last_.size() >= max_sources) {
            last_.clear();
        }
        last_.emplace(envelope.source_id, number);
    }
    return gap ? Step::gap : Step::expected;
}

}  // namespace framebridge::sink
