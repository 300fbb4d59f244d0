#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"

namespace framebridge::inspect {

/// Which dead letters of a range are meant. Empty: all.
struct DeadLetterFilter {
    std::vector<std::string> reasons;  ///< A dead letter's reason contains one of these texts.
};

/// A dead letter: a record that an adapter could not use, with the reason in its headers.
struct DeadLetter {
    std::int32_t partition;
    std::int64_t offset;
    std::string reason;
    std::string origin_topic;
    std::string origin_place;  ///< `partition:offset`; empty if it did not come from Kafka.
    std::string adapter;
    std::string time;
    std::string key;
    std::size_t size;
    bool put_back;  ///< It was put back before.
};

/// `dead-letters list`.
ScanResult list_dead_letters(const ScanRange& range, const DeadLetterFilter& filter,
                             runtime::StopSignal& stop, Output& output);

/// `dead-letters show`: what the messages say, as `cat` does, with the dead letter's headers.
ScanResult show_dead_letters(const ScanRange& range, const DeadLetterFilter& filter,
                             runtime::StopSignal& stop);

struct PutBackResult {
    std::uint64_t put_back = 0;
    std::uint64_t already_put_back = 0;
    bool interrupted = false;
};

/// `dead-letters put-back`: produces the messages again to `topic` (empty: the topic that each came from),
/// without the dead letter's headers, once: the messages and a marker in the dead-letter topic go in one
/// transaction, so that a second run, or one after a crash, does not repeat them. Throws Failure.
PutBackResult put_back_dead_letters(const ScanRange& range, const DeadLetterFilter& filter,
                                    const std::string& topic, runtime::StopSignal& stop, Output& output);

}  // namespace framebridge::inspect
